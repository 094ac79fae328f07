// Random policy tables, callers and requests for property tests: small pools, so that rules and callers meet often.

import fc from 'fast-check';
import type { PlainCondition, PlainIssuer, PlainRequest, PlainRule, PlainScalar, PlainTable } from './plain-scan.ts';

const issuer = (host: string, more: Partial<PlainIssuer> = {}): PlainIssuer => ({
  issuer: `https://${host}.example.com`,
  audience: `https://sts.example.com/${host}`,
  shared: false,
  pins: ['unused'],
  always_present: ['sub'],
  ...more,
});

/** One shared issuer, two entries of one iss that promise different claims, and one by itself. */
export const ISSUERS: Readonly<Record<string, PlainIssuer>> = {
  shared: issuer('shared', { shared: true, pins: ['id', 'owner'], always_present: ['sub', 'id', 'a'] }),
  one: issuer('twin', { always_present: ['a', 'b'] }),
  two: issuer('twin', { audience: 'https://sts.example.com/two', always_present: ['b', 'id'] }),
  lone: issuer('lone'),
};

export const equality: fc.Arbitrary<PlainScalar> = fc.constantFrom<PlainScalar>(
  's',
  's',
  's',
  't',
  '',
  'true',
  '1',
  1,
  2,
  true,
  false,
);
const pattern = fc.constantFrom('*', 's*', '*/x', 's/*', 'a:*', '**x', 't').map((like) => ({ like }));
const value = fc.oneof({ weight: 4, arbitrary: equality }, { weight: 1, arbitrary: pattern });
const values = fc.array(value, { minLength: 1, maxLength: 3 });
const contains = fc.oneof(value, values).map((one) => ({ contains: one }));
const word = fc.constantFrom<string | string[]>('s', 't', ['s', 't', 'x']).map((one) => ({ word: one }));

/** A condition that demands something, whatever the claim. */
const positive: fc.Arbitrary<PlainCondition> = fc.oneof(
  { weight: 5, arbitrary: equality },
  { weight: 2, arbitrary: fc.array(equality, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom({ like: 's*' }, { exists: true }) },
);
const condition: fc.Arbitrary<PlainCondition> = fc.oneof(
  { weight: 4, arbitrary: positive },
  { weight: 1, arbitrary: fc.oneof(value, values, contains, word) },
  { weight: 1, arbitrary: fc.oneof(value, values, contains, word).map((not) => ({ not })) },
  { weight: 1, arbitrary: fc.boolean().map((exists) => ({ exists })) },
);
const claim = fc.constantFrom('a', 'b', 'id', 'owner', '/n/x', 'constructor', 'sub');

const when = fc
  .tuple(claim, positive, fc.dictionary(claim, condition, { maxKeys: 2, noNullPrototype: true }))
  .map(([first, one, rest]) => ({ ...rest, [first]: one }));

const named = fc.subarray(
  [
    'db:x:read',
    'db:x,y:read,write',
    'db:x*:read',
    'db:*x:write',
    'db:x*/r:read',
    'db:y/r:read',
    'system:health,ping:read',
  ],
  { minLength: 1, maxLength: 3 },
);
const template = fc.constantFrom('db:{a}:read', 'db:x_{b}:read,write', 'db:{/n/x}_z:read', 'db:x/{a}:read');
const permissions = fc.oneof(
  { weight: 4, arbitrary: named },
  { weight: 2, arbitrary: fc.tuple(named, template).map(([some, one]) => [...some, one]) },
  { weight: 1, arbitrary: template.map((one) => [one]) },
  { weight: 1, arbitrary: fc.constantFrom(['db:*:read'], ['db:*:read,write', 'system:health:read'], ['db:*:write']) },
);
/** Over long ago, or not in the life of this test; most rules do not end. */
const until = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('2020-01-01', '2999-12-31') },
);
const ttl = fc.option(fc.constantFrom({ default: 60, max: 600 }, { default: 900, max: 900 }), { nil: undefined });

/** On the shared issuer every rule pins a party. */
const pinned = (conditions: Record<string, PlainCondition>, pin: PlainScalar | readonly PlainScalar[]) => ({
  ...conditions,
  id: pin,
});
const pin = fc.constantFrom<PlainScalar | readonly PlainScalar[]>('s', 't', ['s', 't'], 1);
const issuerName = fc.constantFrom(...Object.keys(ISSUERS));

const allowRule = fc
  .record({
    issuer: issuerName,
    when,
    instance: fc.constantFrom('main', 'second'),
    allow: permissions,
    ttl,
    until,
    pin,
  })
  .map(({ pin: id, ttl: range, until: end, ...rule }) => ({
    ...rule,
    ...(end === undefined ? {} : { until: end }),
    ...(range === undefined ? {} : { ttl: range }),
    when: rule.issuer === 'shared' ? pinned(rule.when, id) : rule.when,
  }));
const denyRule = fc.record({ issuer: issuerName, when, deny: permissions });

export const arbitraryTable: fc.Arbitrary<PlainTable> = fc
  .array(fc.oneof({ weight: 3, arbitrary: allowRule }, { weight: 1, arbitrary: denyRule }), { maxLength: 10 })
  .map((rules) => ({ issuers: ISSUERS, rules: rules.map((rule, at): PlainRule => ({ name: `r${at}`, ...rule })) }));

const hostile = fc.constantFrom<unknown>(
  null,
  1.5,
  Number.NaN,
  2 ** 60,
  '',
  's\n',
  ['s'],
  ['s', 1],
  [],
  {},
  's/x',
  'a:s',
  { x: 's' },
);
const claimValue = fc.oneof({ weight: 5, arbitrary: equality }, { weight: 1, arbitrary: hostile });

const arbitraryClaims = fc
  .record(
    {
      a: claimValue,
      b: claimValue,
      id: claimValue,
      owner: claimValue,
      n: fc.oneof(hostile, fc.record({ x: claimValue })),
      constructor: claimValue,
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((claims) => ({ sub: 's', ...claims }) as Record<string, unknown>);

const triple = fc.constantFrom(
  'db:x:read',
  'db:x:write',
  'db:y:read',
  'db:x_s:read',
  'db:s:read',
  'db:s_z:read',
  'db:x/s:read',
  'db:xx/r:read',
  'db:y/r:read',
  'db:_internal:read',
  'db:z:delete',
  'system:health:read',
  'system:ping:read',
);
const wild = fc.constantFrom('db:*:read', 'db:*:write');

const arbitraryRequest: fc.Arbitrary<PlainRequest> = fc
  .record({
    permissions: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 5, arbitrary: fc.array(triple, { minLength: 1, maxLength: 2 }) },
      { weight: 1, arbitrary: fc.array(wild, { minLength: 1, maxLength: 2 }) },
      { weight: 1, arbitrary: fc.tuple(wild, triple).map((two) => [...two]) },
    ),
    rule: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('r0', 'r1', 'r2', 'r3', 'constructor') },
    ),
    instance: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('main', 'second', '__proto__') },
    ),
    ttl: fc.oneof(
      { weight: 1, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(1, 600, 601, 900, Number.POSITIVE_INFINITY) },
    ),
  })
  .map((request) => Object.fromEntries(Object.entries(request).filter(([, one]) => one !== undefined)) as PlainRequest);

export interface Asking {
  readonly issuer: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly request: PlainRequest;
}

/** Who asks for what. Most callers are given the claims that some rule wants, or few would ever be granted anything. */
export function arbitraryAskings({ rules }: PlainTable): fc.Arbitrary<readonly Asking[]> {
  const anybody = fc.record({ issuer: issuerName, claims: arbitraryClaims, request: arbitraryRequest });
  if (rules.length === 0) return fc.array(anybody, { minLength: 5, maxLength: 5 });
  const somebody = fc
    .tuple(anybody, fc.constantFrom(...rules))
    .map(([asking, rule]) => ({ ...asking, issuer: rule.issuer, claims: fitted(asking.claims, rule) }));
  const asking = fc.oneof({ weight: 1, arbitrary: anybody }, { weight: 3, arbitrary: somebody });
  return fc.array(asking, { minLength: 20, maxLength: 20 });
}

/** The claims with those changed that the rule's equalities want otherwise. */
function fitted(claims: Readonly<Record<string, unknown>>, { when }: PlainRule): Readonly<Record<string, unknown>> {
  const wanted = Object.entries(when).flatMap(([claim, one]): (readonly [string, unknown])[] => {
    const first = [one].flat()[0];
    if (typeof first === 'object') return 'exists' in first && first.exists === true ? [[claim, 's']] : [];
    return claim === '/n/x' ? [['n', { x: first }]] : [[claim, first]];
  });
  return { ...claims, ...Object.fromEntries(wanted) };
}

/** The table as a policy file; JSON is YAML. */
export function policyFile({ issuers, rules }: PlainTable): string {
  const url = (host: string) => ({ url: `https://${host}.example.com`, admin_token: 'INFLUXDB3_ADMIN_TOKEN' });
  return JSON.stringify({ issuers, instances: { main: url('main'), second: url('second') }, rules });
}
