// What the presets say of their providers' claims, held against itself and against the callers that the tests know.

import { describe, expect, test } from 'vitest';
import { type Claims, parseClaimPath, readClaim } from '../../src/identity/claim.ts';
import type { KnownClaim, Preset } from '../../src/identity/preset.ts';
import { PRESET_NAMES, PRESETS } from '../../src/identity/presets.ts';
import { PERSONAS } from '../preset-callers.ts';

/** Claims that every token has, whoever made it. */
const REGISTERED = ['iss', 'aud', 'exp', 'iat', 'nbf', 'jti'];
const knowing = PRESET_NAMES.filter((name) => (PRESETS[name] as Preset).claims !== undefined);

function fits(value: unknown, { type, values, form }: KnownClaim): boolean {
  const kinds = { text: 'string', number: 'number', boolean: 'boolean', object: 'object', list: 'object' };
  // A claim that is there and says nothing.
  if (value === null) return true;
  if (typeof value !== kinds[type] || Array.isArray(value) !== (type === 'list')) return false;
  if (values !== undefined && !values.includes(value as string)) return false;
  return form === undefined || form.pattern.test(value as string);
}

describe.each(knowing)('%s', (name) => {
  const preset: Preset = PRESETS[name];
  const claims = preset.claims!;
  const isKnown = (address: string) =>
    REGISTERED.includes(address) || Object.hasOwn(claims, address) || preset.furtherClaims?.test(address) === true;

  test('lists each claim that it says anything else of', () => {
    const { spoofable = [], calledCode = [], party = [], common = [], recyclable = [], pins = [], run = [] } = preset;
    const named = [
      ...[...spoofable, ...calledCode, ...party, ...common, ...recyclable, ...pins, ...run],
      ...(preset.alwaysPresent ?? []),
      ...(preset.subject ?? []).flat(),
      ...Object.keys(preset.openings ?? {}),
      ...Object.values(preset.needsBeside ?? {}).map(({ claim }) => claim),
      ...[...(preset.description ?? '').matchAll(/\{([^}]+)\}/g)].map(([, claim]) => claim!),
    ];
    expect(named.filter((address) => !isKnown(address))).toEqual([]);
  });

  test('shows each form by values that have it', () => {
    for (const [address, known] of Object.entries(claims)) {
      const wrong = known.form?.examples.filter((example) => !known.form!.pattern.test(example)) ?? [];
      expect({ address, wrong }).toEqual({ address, wrong: [] });
      if (known.form !== undefined) expect(known.form.examples.length).toBeGreaterThan(0);
      expect(known.form?.pattern.flags ?? '').toBe('');
    }
  });

  test.each(PERSONAS[name])('knows every claim of $who, and the form of its value', ({ claims: token }) => {
    const sent = token() as Claims;
    const unknown = Object.keys(sent).filter((claim) => !isKnown(claim));
    const misfits = Object.entries(claims).flatMap(([address, known]) => {
      const value = readClaim(sent, parseClaimPath(address));
      return value === undefined || fits(value, known) ? [] : [{ address, value }];
    });
    expect({ unknown, misfits }).toEqual({ unknown: [], misfits: [] });
  });
});
