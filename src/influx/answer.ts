// What InfluxDB's answers mean: what it definitely did, definitely refused, or left unknown. A gateway's answer is never taken for one of
// InfluxDB's. It asks nobody.

import { isJsonObject, type JsonObject, parseJson } from '../foundation/json.ts';
import { equalInConstantTime } from '../foundation/keyring.ts';
import type { Answer, Outbound } from '../foundation/outbound.ts';
import { describeRefusal, type RefusalWords, unknownResource } from './refusal-words.ts';
import { looksLikeHtml, type Silence, silenceOf, unsound } from './silence.ts';

/** What a 201 holds, unchecked against what was asked. */
export interface CreatedToken {
  readonly name: string;
  readonly token: string;
  /** RFC 3339, as InfluxDB writes them. */
  readonly createdAt: string;
  readonly expiry: string;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly created: CreatedToken }
  /** InfluxDB has said no, and nothing was created. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly words: RefusalWords;
      /** What InfluxDB says that it does not know; for comparing alone. */
      readonly unknownResource: string | null;
    }
  /** Something may have been created: `unreachable` without an answer, `unreadable` with one that we cannot trust. */
  | UnknownOutcome;

export interface UnknownOutcome extends Silence {
  readonly kind: 'unknown';
}

/**
 * `not_found` from one node of a cluster does not mean that no node knows it; `refused`: InfluxDB does not accept the admin token.
 */
export type DeleteOutcome = 'deleted' | 'not_found' | 'refused' | 'failed';

/** A row of a query's answer, unchecked: InfluxDB leaves null columns out. */
export type Row = JsonObject;

/** InfluxDB does not accept the admin token, or not as one of an admin. */
export type RefusedAdminToken = 'refused';

/** Whether somebody holds a token that InfluxDB accepts; `unknown`: InfluxDB did not answer, or not in a way that tells. */
export type Possession = 'live' | 'dead' | 'unknown';

/** By InfluxDB's own words: a gateway's 401 or 403 says nothing of what InfluxDB has done. */
export function isRefusedCredential({ status, body }: Answer): boolean {
  if (status === 401) return body.includes('not authenticated');
  return status === 403 && (body === '' || body.includes('unauthorized'));
}

/** Statuses with which InfluxDB says that it has done nothing. */
const DEFINITE_REFUSALS: readonly number[] = [400, 401, 403, 404, 413, 415];
/** InfluxDB reports a permission that it cannot use as a server error. */
const PERMISSION_REFUSED = 'cannot parse token permission, ';

/** Sorts the answer to a create, of a database token or of an admin token. */
export function readCreate(outbound: Outbound): CreateOutcome {
  if (!outbound.ok || looksLikeHtml(outbound.answer)) return unknown(outbound);
  const { answer } = outbound;
  if (answer.status === 201) {
    const created = readCreated(answer.body);
    return created === null ? unsoundCreate('a 201 that is no created token') : { kind: 'created', created };
  }
  const credential = answer.status === 401 || answer.status === 403;
  if (credential && !isRefusedCredential(answer)) return unknown(outbound);
  const refused =
    DEFINITE_REFUSALS.includes(answer.status) || (answer.status === 500 && answer.body.startsWith(PERMISSION_REFUSED));
  if (!refused) return unknown(outbound);
  const { status, body } = answer;
  return { kind: 'refused', status, words: describeRefusal(body), unknownResource: unknownResource(body) };
}

function unknown(outbound: Outbound): UnknownOutcome {
  return { kind: 'unknown', ...silenceOf(outbound) };
}

/** A 201 that is not what was asked is worth no more than no answer. */
export function unsoundCreate(cause: string): UnknownOutcome {
  return { kind: 'unknown', ...unsound(201, cause) };
}

/** A server that sends back one of our credentials, in any case, has made nothing, and its answer must not be handed out. */
export function withoutAdminToken(adminTokens: readonly string[]): (outcome: CreateOutcome) => CreateOutcome {
  const encode = (text: string) => encoder.encode(text.toLowerCase());
  const ours = adminTokens.map(encode);
  return (outcome) => {
    if (outcome.kind !== 'created') return outcome;
    const token = encode(outcome.created.token);
    const same = ours.filter((own) => equalInConstantTime(own, token));
    return same.length === 0 ? outcome : unsoundCreate('a 201 that holds an admin token of ours');
  };
}

const encoder = new TextEncoder();

/** By its shape alone: the documented content type of this answer is not a media type. */
function readCreated(body: string): CreatedToken | null {
  const json = parseJson(body);
  if (!json.ok || !isJsonObject(json.value)) return null;
  const { name, token, created_at: createdAt, expiry } = json.value;
  if (
    typeof name !== 'string' ||
    typeof token !== 'string' ||
    typeof createdAt !== 'string' ||
    typeof expiry !== 'string'
  ) {
    return null;
  }
  return { name, token, createdAt, expiry };
}

export function readRows(outbound: Outbound): readonly Row[] | RefusedAdminToken | Silence {
  if (!outbound.ok) return silenceOf(outbound);
  const { answer } = outbound;
  if (isRefusedCredential(answer)) return 'refused';
  if (answer.status !== 200 || looksLikeHtml(answer)) return silenceOf(outbound);
  const json = parseJson(answer.body);
  if (json.ok && Array.isArray(json.value) && json.value.every(isJsonObject)) return json.value;
  return unsound(200, "a 200 that is no list of a query's rows");
}

/** The names of a list of databases. */
export function readDatabases(outbound: Outbound): readonly string[] | RefusedAdminToken | Silence {
  const rows = readRows(outbound);
  if (rows === 'refused' || 'why' in rows) return rows;
  return rows.map((row) => row['iox::database']).filter((name) => typeof name === 'string');
}

/** InfluxDB's 404 quotes the name; that of a gateway without a route does not, and says nothing of the token. */
export function readDelete(outbound: Outbound, name: string): Exclude<DeleteOutcome, 'failed'> | Silence {
  if (!outbound.ok || looksLikeHtml(outbound.answer)) return silenceOf(outbound);
  const { answer } = outbound;
  if (answer.status === 200) return 'deleted';
  if (isRefusedCredential(answer)) return 'refused';
  return answer.status === 404 && answer.body.includes(name) ? 'not_found' : silenceOf(outbound);
}

/** The answer to a token that was shown where there is no route. */
export function readPossession(outbound: Outbound): Exclude<Possession, 'unknown'> | Silence {
  if (!outbound.ok || looksLikeHtml(outbound.answer)) return silenceOf(outbound);
  const { answer } = outbound;
  if (answer.status === 404) return 'live';
  return answer.status === 401 && isRefusedCredential(answer) ? 'dead' : silenceOf(outbound);
}
