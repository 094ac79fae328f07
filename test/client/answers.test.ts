// The client's own words for what the service answers, held against the schemas by which the service answers. Each line that compiles
// says that the two are the same; `npm run check` compiles this file.

import { expect, test } from 'vitest';
import type * as z from 'zod';
import type { Explanation, TokenPage, WhoAmI } from '../../src/client/answers.ts';
import type { AuditOfRequest, AuditPage, Usage } from '../../src/client/audit.ts';
import type { DatabaseToken } from '../../src/client/database-token.ts';
import type { Switch, Switched } from '../../src/client/switches.ts';
import type {
  explainAnswer,
  pageAnswer,
  switchAnswer,
  switchedAnswer,
  whoamiAnswer,
} from '../../src/http/openapi/answers.ts';
import type { eventsAnswer, requestAnswer, usageAnswer } from '../../src/http/openapi/audit-answers.ts';
import type { tokenAnswer } from '../../src/web/token-answer-schema.ts';

/** Without regard to what may be changed, and to whether a member may be there with no value. */
type Plain<T> = T extends readonly (infer One)[]
  ? Plain<One>[]
  : T extends object
    ? { -readonly [Key in keyof T]-?: Plain<Exclude<T[Key], undefined>> }
    : T;
type Same<A, B> = [Plain<A>] extends [Plain<B>] ? ([Plain<B>] extends [Plain<A>] ? true : false) : false;

const SAME: readonly true[] = [
  true satisfies Same<DatabaseToken, z.output<typeof tokenAnswer>>,
  true satisfies Same<TokenPage, z.output<typeof pageAnswer>>,
  true satisfies Same<WhoAmI, z.output<typeof whoamiAnswer>>,
  true satisfies Same<AuditPage, z.output<typeof eventsAnswer>>,
  true satisfies Same<AuditOfRequest, z.output<typeof requestAnswer>>,
  true satisfies Same<Explanation, z.output<typeof explainAnswer>>,
  true satisfies Same<Usage, z.output<typeof usageAnswer>>,
  true satisfies Same<Switch, z.output<typeof switchAnswer>>,
  true satisfies Same<Switched, z.output<typeof switchedAnswer>>,
];

test('the client describes each answer as the service does', () => {
  expect(SAME).toHaveLength(9);
});
