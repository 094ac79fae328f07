// Policies with one fault each: the pieces of a sound policy to put the fault into, and the expectation that the build reports it at the
// line that carries the mark `#!`.

import { expect } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';

export const SECTIONS = {
  audience: 'audience: https://sts.example.com',
  issuers: 'issuers:\n  backend: { issuer: https://login.example.com/ }\n  github: { preset: github-actions }',
  instances: 'instances:\n  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }',
  rules: 'rules:\n  - name: rule\n    issuer: backend\n    when: { client_id: one }\n    allow: ["db:a:read"]',
};

/** A sound policy with some sections replaced; an empty one is left out. */
export function policyText(sections: Partial<Record<keyof typeof SECTIONS | 'more', string>> = {}): string {
  return Object.values({ ...SECTIONS, ...sections })
    .filter((section) => section !== '')
    .join('\n');
}
export const rule = (...lines: string[]) => ({
  rules: `rules:\n  - name: rule\n${lines.map((line) => `    ${line}\n`).join('')}`,
});
export const BASE = ['issuer: backend', 'when: { client_id: one }'];
export const issuers = (...lines: string[]) => ({
  issuers: `issuers:\n  backend:\n${lines.map((line) => `    ${line}\n`).join('')}`,
});
export const ISS = 'issuer: https://login.example.com/';
export const instances = (...lines: string[]) => ({
  instances: `instances:\n  main:\n${lines.map((line) => `    ${line}\n`).join('')}`,
});
export const TOKEN = 'admin_token: INFLUXDB3_ADMIN_TOKEN';
export const URL_LINE = 'url: https://influxdb.example.com:8181';

export async function errorsOf(text: string, development = false) {
  const { policy, findings } = await compilePolicy(text, { development });
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(policy === null).toBe(errors.length > 0);
  return errors.map(({ line, message, fix }) => ({ line, text: `${message}; ${fix}` }));
}

/** Expects an error with these words at the marked line. */
export async function expectError(sections: Parameters<typeof policyText>[0], words: RegExp, development = false) {
  const text = policyText(sections);
  const line = text.split('\n').findIndex((one) => one.includes('#!')) + 1;
  expect(line).toBeGreaterThan(0);
  expect(await errorsOf(text, development)).toContainEqual({ line, text: expect.stringMatching(words) });
}
