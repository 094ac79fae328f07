// Reads the corpus: policies with the cases that say what they must answer. The form is strict, so that a misspelt key fails instead of
// being left out. It knows the file format and decides nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { WIRE } from '../../src/web/problem.ts';
import type { PlainRule, PlainTable } from '../policy/decision/plain-scan.ts';

const reason = z.enum(Object.keys(WIRE) as (keyof typeof WIRE)[]);
const text = z.string().min(1);
const texts = z.array(text).min(1);
const claims = z.record(text, z.unknown());
const duration = z.union([z.int().min(1), z.string().regex(/^[0-9]+[smhd]?$/)]).transform(seconds);

const granted = z.strictObject({
  rule: text,
  permissions: texts.optional(),
  ttl: duration.default(900),
  instance: text.default('main'),
});
const refused = z.strictObject({
  denied: reason,
  tells: z
    .strictObject({
      nearest: z.unknown(),
      choices: z.array(z.unknown()),
      not_covered: z.array(text),
      identity: claims,
      max_ttl: text,
      alternative: text,
      denied: text,
      claims: z.array(text),
      rule: text,
    })
    .partial()
    .default({}),
  mentions: texts.default([]),
  hides: texts.default([]),
});

const oneCase = z.strictObject({
  name: text,
  issuer: text.optional(),
  claims: z.union([claims, z.array(claims).min(2)]).default({}),
  request: texts.optional(),
  rule: text.optional(),
  instance: text.optional(),
  ttl: duration.optional(),
  expect: z.union([granted, refused]),
});

/** Of the policy only what the corpus itself looks at; the policy build knows the rest and is as strict. */
const policy = z.looseObject({
  audience: text,
  issuers: z.record(text, z.looseObject({ issuer: text, audience: text.optional() })),
  rules: z.array(z.looseObject({ name: text })),
});

const fileSchema = z
  .strictObject({ policy, caller: claims.default({}), cases: z.array(oneCase).min(1) })
  .superRefine(({ policy: { issuers, rules }, cases }, context) => {
    const names = new Set<string>();
    for (const [at, { name, issuer, request, expect }] of cases.entries()) {
      const wrong = (message: string) => context.addIssue({ code: 'custom', path: ['cases', at], message });
      if (names.has(name)) wrong(`there are two cases "${name}"`);
      names.add(name);
      if (issuer !== undefined && !Object.hasOwn(issuers, issuer)) wrong(`"${name}": no issuer "${issuer}"`);
      if (!('rule' in expect)) continue;
      if (!rules.some((rule) => rule.name === expect.rule)) wrong(`"${name}": no rule "${expect.rule}"`);
      if (request === undefined && expect.permissions === undefined) wrong(`"${name}": which permissions?`);
    }
  });

export interface Asked {
  readonly permissions?: readonly string[];
  readonly rule?: string;
  readonly instance?: string;
  /** Seconds. */
  readonly ttl?: number;
}

/** One case with one set of claims. */
export interface CorpusCase {
  readonly name: string;
  readonly issuer: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly asked: Asked;
  readonly expect: z.output<typeof granted> | z.output<typeof refused>;
}

export interface CorpusFile {
  readonly name: string;
  /** How many cases it holds; `cases` has one more for each further set of claims. */
  readonly count: number;
  /** JSON, which is YAML. */
  readonly policyText: string;
  readonly policy: z.output<typeof policy>;
  readonly cases: readonly CorpusCase[];
}

export const CORPUS: readonly CorpusFile[] = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .map((file) => readCorpusFile(file, readFileSync(join(import.meta.dirname, file), 'utf8')));

/** Throws with the place of what does not fit. */
export function readCorpusFile(name: string, yaml: string): CorpusFile {
  const read = fileSchema.safeParse(parse(yaml));
  if (!read.success) throw new Error(`${name}: ${z.prettifyError(read.error)}`);
  const file = read.data;
  const first = Object.keys(file.policy.issuers)[0]!;
  return {
    name,
    count: file.cases.length,
    policyText: JSON.stringify(file.policy),
    policy: file.policy,
    cases: file.cases.flatMap(({ name: title, issuer = first, claims: own, request, rule, instance, ttl, expect }) => {
      const asked = JSON.parse(JSON.stringify({ permissions: request, rule, instance, ttl })) as Asked;
      return [own].flat().map((some, at) => ({
        name: Array.isArray(own) ? `${title} (${at + 1})` : title,
        issuer,
        claims: { ...file.caller, ...some },
        asked,
        expect,
      }));
    }),
  };
}

/** The policy as the plain scan takes it: defaults filled in, durations in seconds. */
export function plainTable({ policy: { audience, issuers, rules } }: CorpusFile): PlainTable {
  const filled = Object.entries(issuers).map(([name, entry]) => [
    name,
    { audience, shared: false, pins: [], always_present: ['sub'], ...entry },
  ]);
  return {
    issuers: Object.fromEntries(filled),
    rules: rules.map((rule) => ({ instance: 'main', ...rule, ttl: plainTtl(rule.ttl) }) as unknown as PlainRule),
  };
}

function plainTtl(ttl: unknown): PlainRule['ttl'] {
  const range = typeof ttl === 'object' ? (ttl as Record<string, string | number>) : { default: ttl, max: ttl };
  return ttl === undefined
    ? { default: 900, max: 900 }
    : { default: seconds(range.default as string), max: seconds(range.max as string) };
}

function seconds(value: string | number): number {
  const unit = { s: 1, m: 60, h: 3_600, d: 86_400 }[String(value).at(-1)!];
  return unit === undefined ? Number(value) : Number.parseInt(String(value), 10) * unit;
}
