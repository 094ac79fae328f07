// The people of the demo, as the claims that an identity provider would put in their tokens. It never says what they may do: the policy does.

import type { Person } from '../test/emulator/sign-in.ts';

export const PEOPLE = {
  engineer: { label: 'Ann, an engineer', claims: { sub: 'ann', email: 'ann@acme.example', name: 'Ann' } },
  operator: { label: 'Olga, an operator', claims: { sub: 'olga', email: 'olga@acme.example', name: 'Olga' } },
  stranger: { label: 'Sam, a stranger', claims: { sub: 'sam', email: 'sam@elsewhere.example', name: 'Sam' } },
} as const satisfies Record<string, Person>;
