// Class "Token structure and keys": the JSON inside a subject token. Two readers of one token must never see two different claims, so
// every text that could be read twice is refused, although its signature is good.

import { describe } from 'vitest';
import { AUDIENCE } from '../world.ts';
import {
  type Attack,
  itAccepts,
  itRefuses,
  type Neighbour,
  tenantToken,
  withHeaderText,
  withPayloadText,
} from './attack.ts';

const withMember = (member: string) => withPayloadText((json) => json.replace(/}$/, `,${member}}`));

/** JSON nested to the given depth, the outermost object included. */
const nested = (depth: number) => `"deep":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}`;

const json: readonly Attack[] = [
  ['a header that is a list', 'token_malformed', withHeaderText(() => '["RS256"]')],
  ['a header that is null', 'token_malformed', withHeaderText(() => 'null')],
  ['a header that is no JSON', 'token_malformed', withHeaderText(() => 'alg=RS256')],
  ['a header followed by more', 'token_malformed', withHeaderText((kid) => `{"alg":"RS256","kid":"${kid}"}{}`)],
  [
    'a header behind a byte order mark',
    'token_malformed',
    withHeaderText((kid) => `\u{feff}{"alg":"RS256","kid":"${kid}"}`),
  ],
  [
    'a header that is not UTF-8',
    'token_malformed',
    withHeaderText(() => Buffer.from('{"alg":"RS256","x":"\xe9"}', 'latin1')),
  ],
  ['alg twice', 'token_malformed', withHeaderText((kid) => `{"alg":"none","alg":"RS256","kid":"${kid}"}`)],
  [
    'alg twice, once by an escape',
    'token_malformed',
    withHeaderText((kid) => `{"\\u0061lg":"none","alg":"RS256","kid":"${kid}"}`),
  ],
  ['kid twice', 'token_malformed', withHeaderText((kid) => `{"alg":"RS256","kid":"x","kid":"${kid}"}`)],
  [
    'a header nested 33 levels deep',
    'token_malformed',
    withHeaderText((kid) => `{"alg":"RS256","kid":"${kid}",${nested(33)}}`),
  ],
  ['a payload that is a list', 'token_malformed', withPayloadText((text) => `[${text}]`)],
  ['a payload that is a string', 'token_malformed', withPayloadText((text) => JSON.stringify(text))],
  ['a payload that is null', 'token_malformed', withPayloadText(() => 'null')],
  ['a payload cut short', 'token_malformed', withPayloadText((text) => text.slice(0, -1))],
  ['a payload with a comment', 'token_malformed', withPayloadText((text) => `${text}//`)],
  ['a payload with a trailing comma', 'token_malformed', withPayloadText((text) => text.replace(/}$/, ',}'))],
  ['a payload with NaN', 'token_malformed', withMember('"x":NaN')],
  ['a payload behind a byte order mark', 'token_malformed', withPayloadText((text) => `\u{feff}${text}`)],
  ['a payload in UTF-16', 'token_malformed', withPayloadText((text) => Buffer.from(text, 'utf16le'))],
  [
    'a payload in Latin-1',
    'token_malformed',
    withPayloadText((text) => Buffer.from(text.replace(/}$/, ',"x":"\xe9"}'), 'latin1')),
  ],
  [
    'an overlong UTF-8 sequence',
    'token_malformed',
    withPayloadText((text) =>
      Buffer.concat([Buffer.from(text.replace(/}$/, ',"x":"')), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    ),
  ],
  [
    'a surrogate encoded in UTF-8',
    'token_malformed',
    withPayloadText((text) =>
      Buffer.concat([Buffer.from(text.replace(/}$/, ',"x":"')), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ),
  ],
  ['a bare control character in a string', 'token_malformed', withMember('"x":"\u0000"')],
  ['sub twice', 'token_malformed', withMember('"sub":"victim"')],
  ['aud twice', 'token_malformed', withMember(`"aud":"${AUDIENCE}"`)],
  ['sub twice, once by an escape', 'token_malformed', withMember('"\\u0073ub":"victim"')],
  [
    'tenant twice, once by escapes alone',
    'token_malformed',
    withMember('"\\u0074\\u0065\\u006e\\u0061\\u006e\\u0074":"b"'),
  ],
  ['a claim twice by two spellings of one escape', 'token_malformed', withMember('"\\u002f":1,"\\/":2')],
  ['a claim twice behind an escaped quote', 'token_malformed', withMember('"a\\"b":1,"a\\u0022b":2')],
  [
    'an astral claim twice, once by surrogate escapes',
    'token_malformed',
    withMember('"\u{1f511}":1,"\\ud83d\\udd11":2'),
  ],
  ['__proto__ twice', 'token_malformed', withMember('"__proto__":1,"__proto__":2')],
  ['a duplicate deep inside a claim', 'token_malformed', withMember('"x":[{"y":{"z":1,"q":[{}],"z":2}}]')],
  ['a payload nested 33 levels deep', 'token_malformed', withMember(nested(33))],
  ['a payload nested 3,000 levels deep', 'token_malformed', withMember(nested(3_000))],
];

const prototypes: readonly Attack[] = [
  [
    'a sub inside __proto__',
    'claim_invalid',
    withPayloadText((text) => text.replace('"sub":"subject"', '"__proto__":{"sub":"subject"}')),
  ],
  [
    'an exp inside __proto__',
    'claim_invalid',
    withPayloadText((text) => text.replace(/"exp":\d+/, '"__proto__":{"exp":9999999999}')),
  ],
  [
    'an iss inside __proto__',
    'issuer_untrusted',
    withPayloadText((text) => text.replace('"iss":', '"__proto__":{},"constructor":')),
  ],
  [
    'a tenant inside __proto__',
    'no_rule',
    withPayloadText((text) => text.replace('"tenant":"a"', '"__proto__":{"tenant":"a"}')),
  ],
];

const neighbours: readonly Neighbour[] = [
  ['the token that these depart from', (world) => tenantToken(world)],
  [
    '__proto__, constructor and toString as claims',
    withMember('"__proto__":{"sub":"x"},"constructor":{"prototype":1},"toString":null'),
  ],
  ['one name in two objects, and as a value', withMember('"x":{"sub":"sub"},"y":[{"sub":1},{"sub":2},"sub"]')],
  ['braces, commas and quotes inside strings', withMember('"x":"{\\"sub\\":1,\\"sub\\":2}","y":"\\\\","z":"a,b:c]"')],
  ['a claim spelt with escapes, once', withPayloadText((text) => text.replace('"sub"', '"\\u0073ub"'))],
  ['a payload nested 32 levels deep', withMember(nested(32))],
  ['blanks around the payload', withPayloadText((text) => `\r\n\t ${text} \n`)],
];

describe('the JSON inside', () => itRefuses(json));
describe('claims named like parts of every object', () => itRefuses(prototypes));
describe('one step away from refused JSON', () => itAccepts(neighbours));
