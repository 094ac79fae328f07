// A refusal's body as the service writes it, and how an answer is read as one. Malformed members are left out, so code that shows them
// never needs to check them again.

import type { Miss, Problem } from './error.ts';

type Members = Readonly<Record<string, unknown>>;

/** Null when the answer is not a refusal of this service. The OAuth routes call the detail `error_description` (RFC 6749). */
export function readProblem(json: unknown): Problem | null {
  if (!isObject(json)) return null;
  const { reason, detail = json.error_description, retryable } = json;
  if (typeof reason !== 'string' || typeof detail !== 'string' || typeof retryable !== 'boolean') return null;
  const unsound = Object.entries(SOUND).flatMap(([name, isSound]) => (isSound(json[name]) ? [] : [name]));
  const kept = Object.entries(json).filter(([name]) => !unsound.includes(name));
  return { request_id: '', ...Object.fromEntries(kept), detail } as unknown as Problem;
}

const SOUND: Readonly<Record<string, (value: unknown) => boolean>> = {
  request_id: isText,
  max_ttl: isText,
  not_covered: isTexts,
  audience_expected: isTexts,
  identity: isObject,
  limit: isCounts,
  left: isCounts,
  retry_after: (value) => typeof value === 'number',
  of: (value) => value === 'rule' || value === 'caller',
  nearest: (value) =>
    isObject(value) &&
    isText(value.rule) &&
    Array.isArray(value.misses) &&
    value.misses.every(isMiss) &&
    (value.ended === undefined || isText(value.ended)),
  choices: (value) => Array.isArray(value) && value.every(isChoice),
};

function isMiss(value: unknown): value is Miss {
  const optional = (member: unknown) => member === undefined || isText(member);
  return (
    isObject(value) && isText(value.claim) && isText(value.actual) && optional(value.expected) && optional(value.hint)
  );
}

function isChoice(value: unknown): boolean {
  return isObject(value) && isText(value.rule) && isText(value.instance) && isTexts(value.permissions);
}

function isCounts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((count) => typeof count === 'number');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
