// What the command reads: files, standard input, claims and tokens.
// Its error messages never repeat the input, because that may be a token.

import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { fileProblem } from '../../client/file-problem.ts';
import { isJsonObject, parseJson } from '../../foundation/json.ts';
import type { Claims } from '../../identity/claim.ts';
import { parseToken } from '../../identity/token.ts';
import { canonicalTriples, type Parsed, parseRequested, type Triple } from '../../policy/language/permission.ts';

/** The text of a file; `-` is standard input. */
export async function readText(file: string): Promise<Parsed<string>> {
  try {
    return { ok: true, value: file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8') };
  } catch (error) {
    return { ok: false, problem: `cannot read ${file}: ${fileProblem(error)}` };
  }
}

/** Where claims came from: a token is decoded and not verified. */
export interface GivenClaims {
  readonly file: string;
  readonly claims: Claims;
  readonly fromToken: boolean;
}

export async function readClaims(file: string): Promise<Parsed<GivenClaims>> {
  const text = await readText(file);
  if (!text.ok) return text;
  const json = parseJson(text.value, { keepDigits: true });
  if (!json.ok) return { ok: false, problem: `the claims in ${file}: ${json.problem}` };
  if (!isJsonObject(json.value)) return { ok: false, problem: `the claims in ${file} are not a JSON object` };
  return { ok: true, value: { file, claims: json.value, fromToken: false } };
}

export async function readToken(file: string): Promise<Parsed<GivenClaims>> {
  const text = await readText(file);
  if (!text.ok) return text;
  const token = parseToken(text.value.trim());
  if (!token.ok) return { ok: false, problem: `${file}: ${token.failure.detail}` };
  return { ok: true, value: { file, claims: token.value.claims, fromToken: true } };
}

/** Permissions as a request may hold them, canonical. White space separates those of one text: their own commas and colons cannot. */
export function readPermissions(texts: readonly string[]): Parsed<readonly Triple[]> {
  const triples: Triple[] = [];
  for (const text of separatePermissions(texts)) {
    const parsed = parseRequested(text);
    if (!parsed.ok) {
      const hint = COMMA_BETWEEN.test(text) ? '; give --permission once for each' : '';
      return { ok: false, problem: `"${text}" cannot be asked for: ${parsed.problem}${hint}` };
    }
    triples.push(...parsed.value);
  }
  if (texts.length > 0 && triples.length === 0) return { ok: false, problem: '--permission is empty' };
  return { ok: true, value: canonicalTriples(triples) };
}

export function separatePermissions(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(/\s+/).filter((one) => one !== ''));
}

/** Before another permission, or at the end, if one was cut off. */
const COMMA_BETWEEN = /,(db|system):|^,|,$/;
