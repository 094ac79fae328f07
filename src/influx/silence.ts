// Why InfluxDB gave no answer that counts: what came instead, named as what it is, for the log, for /readyz and for callers. A gateway's
// text may echo what it was sent, so it is looked at and never quoted.

import type { Answer, Outbound, OutboundFault } from '../foundation/outbound.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { describeRefusal } from './refusal-words.ts';

export interface Silence {
  /** Without an answer, or with one that cannot be trusted. */
  readonly why: 'unreachable' | 'unreadable';
  readonly status?: number;
  readonly fault?: OutboundFault;
  /** In words without an address, so that callers may read them. */
  readonly cause: string;
  /** Asking again changes nothing: somebody must change something first. */
  readonly lasting: boolean;
}

export function silenceOf(outbound: Outbound): Silence {
  if (!outbound.ok) {
    const { fault, detail, lasting } = outbound;
    const why = fault === 'timeout' || fault === 'network' ? 'unreachable' : 'unreadable';
    return { why, fault, cause: detail, lasting };
  }
  const { answer } = outbound;
  const { status } = answer;
  const busy = status >= 500 || status === 429;
  const why = busy && !looksLikeHtml(answer) ? 'unreachable' : 'unreadable';
  return { why, status, ...describe(answer) };
}

/** What was asked: of which instance of the policy, and where. */
interface Asked {
  readonly instance: string;
  readonly method: string;
  readonly address: string;
}

/** Tells the operator. The query of an address may hold the name of a token, so it is left out. */
export function tellSilence(
  { why, cause, status, fault }: Silence,
  { instance, method, address }: Asked,
  { alarm }: Pick<Runtime, 'alarm'>,
): void {
  const seen = { ...(status === undefined ? {} : { status }), ...(fault === undefined ? {} : { fault }) };
  alarm(`upstream_${why}`, { instance, address: `${method} ${address.split('?')[0]}`, ...seen, cause });
}

export function unsound(status: number, cause: string): Silence {
  return { why: 'unreadable', status, cause, lasting: false };
}

/** A gateway's page, whatever its status says, is no word of InfluxDB's. */
export function looksLikeHtml(answer: Answer): boolean {
  return answer.contentType.toLowerCase().includes('html') || answer.body.trimStart().startsWith('<');
}

/** https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/ */
const CLOUDFLARE_CODES: Readonly<Record<string, string>> = {
  1000: 'the name leads to an address that Cloudflare does not fetch',
  1001: 'the name cannot be looked up',
  1002: 'the name leads to an address that Cloudflare does not fetch',
  1003: 'the address is a bare IP address, which the platform does not fetch; give the server a name',
  1010: 'a rule of the zone in front of the server keeps the service out',
  1014: "the name leads to another account's",
  1015: 'the zone in front of the server lets in fewer requests than this',
  1016: 'the name of the server cannot be looked up',
  1020: 'a rule of the zone in front of the server keeps the service out',
  1033: 'the tunnel to the server is down',
};
/** https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/ */
const CLOUDFLARE_STATUSES: Readonly<Record<number, string>> = {
  520: 'the server gave Cloudflare an answer that is none',
  521: 'the server refuses the connection',
  522: 'the server does not take the connection in time',
  523: 'the server cannot be reached',
  524: 'the server does not answer in time',
  525: 'no TLS connection to the server comes about',
  526: "the server's certificate is not valid",
  530: 'Cloudflare does not reach the server',
};
/** What passes by itself. */
const PASSING: readonly number[] = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530];
const PASSING_CODES: readonly string[] = ['1015', '1033'];

function describe(answer: Answer): Pick<Silence, 'cause' | 'lasting'> {
  const { status, body } = answer;
  const lasting = !PASSING.includes(status);
  const code = /\berror[ _]code"?:? *(1\d{3})\b/i.exec(body)?.[1];
  const known = code === undefined ? undefined : CLOUDFLARE_CODES[code];
  if (known !== undefined) {
    return {
      cause: `Cloudflare's error ${code} (status ${status}): ${known}`,
      lasting: !PASSING_CODES.includes(code!),
    };
  }
  const cloudflare = CLOUDFLARE_STATUSES[status];
  if (cloudflare !== undefined) return { cause: `status ${status}: ${cloudflare}`, lasting };
  if (/cloudflare ?access|cf-access/i.test(body)) {
    const remedy = 'it keeps the service out until the instance has "headers:" with a service token';
    return { cause: `Cloudflare Access answers (status ${status}); ${remedy}`, lasting: true };
  }
  const { phrase, length } = describeRefusal(body);
  const what = looksLikeHtml(answer) ? 'an HTML page' : 'words';
  const foreign = `status ${status} with ${what} that InfluxDB has not (${length} characters)`;
  if (phrase !== null) return { cause: `status ${status}: ${phrase}`, lasting };
  if (status === 405) return { cause: 'status 405: what answers there does not take this method', lasting };
  if (status === 401 || status === 403 || status === 407) {
    return { cause: `${foreign}; a gateway in front of it wants credentials`, lasting };
  }
  return { cause: body === '' ? `status ${status}` : foreign, lasting };
}
