// The forms of a secret: whatever base64 makes of it together with its neighbours, one of them is in it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formsOf } from '../../src/action/masks.ts';

const character = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const token = fc.string({ unit: character, minLength: 40, maxLength: 90 }).map((body) => `apiv3_${body}`);

/** As the runner hides what it was told of, the longest first. */
function hide(text: string, forms: readonly string[]): string {
  return [...forms].sort((a, b) => b.length - a.length).reduce((shown, form) => shown.replaceAll(form, ''), text);
}

test.each(['base64', 'base64url'] as const)('nothing of a token is left in %s, wherever it stands', (encoding) => {
  const run = ({ secret, before, after }: { secret: string; before: string; after: string }) => {
    const encoded = Buffer.from(before + secret + after).toString(encoding);
    const left = hide(encoded, formsOf(secret)).length;
    // At either end a character is shared with a neighbour, and so is a byte at most of the secret.
    expect(left).toBeLessThanOrEqual(Math.ceil((Buffer.byteLength(before + after) * 4) / 3) + 7);
  };
  fc.assert(fc.property(fc.record({ secret: token, before: fc.string(), after: fc.string() }), run), { numRuns: 300 });
});

test('nothing of a token without its prefix is left either', () => {
  const run = (secret: string) => {
    const bare = secret.slice('apiv3_'.length);
    for (const text of [bare, Buffer.from(bare).toString('base64'), Buffer.from(`${bare}\n`).toString('base64')]) {
      expect(hide(text, formsOf(secret)).length).toBeLessThanOrEqual(7);
    }
  };
  fc.assert(fc.property(token, run), { numRuns: 200 });
});

test('a secret of other characters is hidden as URLs and JSON have it', () => {
  const forms = formsOf('a "secret" / with+much');
  expect(forms).toContain('a%20%22secret%22%20%2F%20with%2Bmuch');
  expect(forms).toContain('a \\"secret\\" / with+much');
});

test('no form is so short that it would hide what is no secret', () => {
  fc.assert(fc.property(token, (secret) => formsOf(secret).every((form) => form.length >= 12)));
});

test('a long id token does not fill the list of what is hidden', () => {
  expect(formsOf(`eyJ${'aB3-'.repeat(300)}.${'cD4_'.repeat(85)}`).length).toBeLessThan(20);
});
