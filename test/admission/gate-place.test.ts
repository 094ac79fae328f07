// Where the gates are: a hint and a jurisdiction, fixed at setup. A wrong word refuses everything instead of putting the record elsewhere.

import { describe, expect, test } from 'vitest';
import { type PlacedNamespace, placed, readGatePlace } from '../../src/admission/gate-place.ts';

function namespace(within = 'anywhere'): PlacedNamespace<string> {
  return {
    jurisdiction: (one) => namespace(one),
    getByName: (name, options) => `${name} in ${within} at ${options?.locationHint ?? 'any'}`,
  };
}
const at = (env: Record<string, unknown>) => placed(namespace(), readGatePlace(env))('3');

describe('a gate', () => {
  test.each([
    [{}, '3 in anywhere at any'],
    [{ GATES_LOCATION: '', GATES_JURISDICTION: '' }, '3 in anywhere at any'],
    [{ GATES_LOCATION: 'weur' }, '3 in anywhere at weur'],
    [{ GATES_JURISDICTION: 'eu' }, '3 in eu at any'],
    [{ GATES_LOCATION: 'apac-se', GATES_JURISDICTION: 'fedramp-high' }, '3 in fedramp-high at apac-se'],
  ])('under %j is %s', (env, place) => {
    expect(at(env)).toBe(place);
  });

  test.each([
    ['GATES_LOCATION', 'europe'],
    ['GATES_LOCATION', 'WEUR'],
    ['GATES_LOCATION', ' weur'],
    ['GATES_LOCATION', 7],
    ['GATES_JURISDICTION', 'EU'],
    ['GATES_JURISDICTION', 'weur'],
    ['GATES_JURISDICTION', 'toString'],
  ])('with %s %j is nowhere', (setting, value) => {
    expect(readGatePlace({ [setting]: value })).toEqual({ ok: false, setting });
    expect(() => at({ [setting]: value })).toThrow(setting);
  });
});
