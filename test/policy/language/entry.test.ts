// What no case of the corpus can say of a rule's resource: names that no policy can hold or no token carry conveniently. What entries
// cover, meet and become is in ../../corpus.

import { expect, test } from 'vitest';
import { parseClaimPath } from '../../../src/identity/claim.ts';
import { covers, type Entry, expand, type Name } from '../../../src/policy/language/entry.ts';

const template = (before: string, claim: string) =>
  ({ kind: 'template', before, claim, path: parseClaimPath(claim), after: '' }) as const;

test.each<[string, Name, string]>([
  ['all databases by a pattern of stars alone', { kind: 'pattern', text: '*' }, '*'],
  ['the internal database by its name', { kind: 'literal', text: '_internal' }, '_internal'],
])('an allow entry does not cover %s', (_title, name, asked) => {
  const entry: Entry = { type: 'db', name, actions: ['read'] };
  expect(covers(entry, { type: 'db', name: asked, action: 'read' }, {})).toBe(false);
});

test('a template yields no longer name than InfluxDB takes', () => {
  const filled = (length: number) => expand(template('t_', 'tenant'), { tenant: 'a'.repeat(length) });
  expect(filled(509)).toHaveLength(511);
  expect(filled(510)).toBeNull();
});

test('a template reads nothing inherited', () => {
  expect(expand(template('', '__proto__'), {})).toBeNull();
});
