// What the pages show and what their forms do, in this process: as a browser without script meets them.

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createPageWorld, type Fields, ORIGIN, PAGE_POLICY, type PageWorld, PEOPLE, type Visitor } from './visitor.ts';

const READ: [name: string, value: string][] = [
  ['rule', 'engineers'],
  ['ttl', '3600'],
  ['permission', 'db:ci_metrics:read'],
];

interface Person extends Visitor {
  /** A form of the page, with the field that it carries. */
  readonly send: (path: string, fields: Fields) => ReturnType<Visitor['post']>;
}

async function signedIn(world: PageWorld, claims?: Record<string, unknown>): Promise<Person> {
  if (claims !== undefined) world.signIn.faults = { claims };
  const visitor = world.visit();
  await visitor.signIn();
  const csrf = await visitor.csrf();
  const send: Person['send'] = (path, fields) => visitor.post(path, [['csrf', csrf], ...pairsOf(fields)]);
  return { ...visitor, send };
}

const pairsOf = (fields: Fields) => (Array.isArray(fields) ? fields : Object.entries(fields));

/** What a reader sees, without the style, the script and the markup. */
function textOf(html: string): string {
  return html
    .replace(/<(style|script)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/ ([,.;])/g, '$1');
}

const vend = async (person: Person, fields: Fields = READ) =>
  person.send('/ui/token', [...pairsOf(fields), ['step', 'vend']]);

describe('the first page', () => {
  test('offers what would be granted, with nothing ticked beyond reading, and presets within the bounds of the rule', async () => {
    const ann = await signedIn(await createPageWorld());
    const { text, status } = await ann.get('/ui');
    expect(status).toBe(200);
    expect(textOf(text)).toContain('You are ann@acme.example to this service');
    const boxes = [...text.matchAll(/<input type="checkbox"[^>]*>/g)].map(([input]) => input);
    expect(boxes.map((input) => /value="([^"]+)"/.exec(input)?.[1])).toEqual([
      'db:ci_metrics:read',
      'db:ci_metrics:write',
      'read',
    ]);
    expect(
      boxes.filter((input) => input.includes('checked')).map((input) => /name="([^"]+)"/.exec(input)?.[1]),
    ).toEqual(['action1']);
    const lives = [...text.matchAll(/name="ttl" value="(\d+)"( checked="")?/g)];
    expect(lives.map(([, seconds]) => Number(seconds))).toEqual([300, 900, 3_600, 14_400, 28_800]);
    expect(lives.filter(([, , chosen]) => chosen !== undefined).map(([, seconds]) => seconds)).toEqual(['3600']);
    expect([...text.matchAll(/<option value="([^"]+)"/g)].map(([, name]) => name)).toEqual(['tenant_a', 'tenant_b']);
  });

  test('lets the browser refuse a typed name that the pattern does not cover', async () => {
    const ann = await signedIn(await createPageWorld());
    const [, form] = /pattern="([^"]+)"/.exec((await ann.get('/ui')).text)!;
    const typed = new RegExp(`^(?:${form})$`, 'v');
    expect(['tenant_a', 'tenant_', 'tenant_x-1'].filter((name) => !typed.test(name))).toEqual([]);
    expect(['tenant', 'a_tenant_a', 'tenant_a/b', 'tenant_a:b', '*'].filter((name) => typed.test(name))).toEqual([]);
  });

  test('shows a claim that holds markup as the text that it is, wherever it stands', async () => {
    const script = '<script>alert(1)</script><img src=x onerror=alert(1)>"\'`';
    const world = await createPageWorld();
    const evil = {
      name: script,
      email: `${script}@acme.example`,
      groups: [script],
      ref: `refs/heads/${script}`,
      [`claim${script}`]: script,
    };
    const person = await signedIn(world, evil);
    const refused = await signedIn(world, { ...evil, email: `${script}@elsewhere.example` });
    const pages = [
      await person.get('/ui'),
      await person.send('/ui/token', [
        ['rule', script],
        ['ttl', '60'],
        ['permission', script],
      ]),
      await person.send('/ui/token', [
        ['rule', 'engineers'],
        ['ttl', script],
        ['permission', 'db:ci_metrics:read'],
      ]),
      await vend(person),
      await person.send('/ui/decisions', { pasted: await world.people.sign({ sub: script, aud: ORIGIN, ...evil }) }),
      await person.send('/ui/decisions', { pasted: script }),
      await person.send('/ui/decisions', { pasted: 'x', permissions: script }),
      await person.send('/ui/revoke', { name: script }),
      await person.get(`/ui?done=${encodeURIComponent(script)}`),
      await refused.get('/ui'),
    ];
    for (const { text } of pages) {
      expect(text.match(/<script/g)).toHaveLength(1);
      expect(text).not.toContain('<img');
    }
    expect(pages[0]!.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(pages.at(-1)!.text).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  test('is under 60 KB as it is sent, and brings nothing from elsewhere', async () => {
    const { text } = await (await signedIn(await createPageWorld())).get('/ui');
    expect(gzipSync(text).length).toBeLessThan(20_000);
    expect(
      [...text.matchAll(/(?:src|href|action)="([^"]+)"/g)]
        .map(([, to]) => to!)
        .filter((to) => !/^(\/(?!\/)|#|data:)/.test(to)),
    ).toEqual([]);
    expect(text).not.toMatch(/url\(|@import|\son\w+="|style="/);
  });

  test('of a person whom no rule admits says which condition failed, first, and what to send to whom', async () => {
    const sam = await signedIn(await createPageWorld(), { email: 'sam@elsewhere.example' });
    const { text } = await sam.get('/ui');
    const seen = textOf(text);
    expect(seen).toContain('Nothing is open to you');
    const [nearest] = seen.slice(seen.indexOf('How it was decided')).split('more that were looked at');
    expect(nearest).toMatch(
      /engineers does not match .* fails email is "sam@elsewhere\.example", but the rule wants something like "\*@acme\.example"/,
    );
    const [, letter] = /<textarea id="letter"[^>]*>([\s\S]*?)<\/textarea>/.exec(text)!;
    expect(letter).toMatch(
      /^I am sub &quot;ann&quot; \(https:\/\/people\.example\.com\), and I need a token for a database\./,
    );
    expect(letter).toMatch(/Request id: [0-9A-Z]{26}$/);
  });

  test('of somebody unknown to every rule reveals no rule and asks no database', async () => {
    const policy = PAGE_POLICY.replace(`issuer: ${PEOPLE}`, `issuer: ${PEOPLE}\n    shared: true\n    pins: [sub]`);
    const known = policy.replaceAll('when: { email:', 'when: { sub: known, email:');
    const world = await createPageWorld({ policy: known });
    const sam = await signedIn(world);
    const { text } = await sam.get('/ui');
    expect(textOf(text)).toContain('Nothing is open to you');
    expect(textOf(text)).not.toMatch(/engineers|Live in your name/);
    expect(world.calls.filter((host) => host.startsWith('influxdb'))).toEqual([]);
  });
});

describe('getting a token', () => {
  test('without a script passes a step that says the sentence, and then shows the token this once', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    const review = await ann.send('/ui/token', [
      ...READ,
      ['name1', ' tenant_a '],
      ['action1', 'read'],
      ['step', 'review'],
    ]);
    const end = new Date(world.clock.now + 3_600_000).toISOString().slice(11, 16);
    expect(textOf(review.text)).toContain(`read-only on ci_metrics and tenant_a, until ${end} UTC, by rule engineers`);
    expect(world.influx.creates()).toBe(0);
    const fields = [...review.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
      .map(([, name, value]): [string, string] => [name!, value!])
      .filter(([name]) => name !== 'csrf');
    const given = await vend(ann, fields);
    const [token] = /apiv3_[\w-]+/.exec(given.text)!;
    expect(given.status).toBe(200);
    expect(given.headers.get('cache-control')).toBe('no-store');
    expect(world.influx.tokens()[0]!.permissions.sort()).toEqual(['db:ci_metrics:read', 'db:tenant_a:read']);
    expect((await ann.get('/ui')).text).not.toContain(token);
    expect(JSON.stringify([world.events, world.alarms])).not.toContain(token);
  });

  test('of a rule whose tokens end with the sign-in is said to end then', async () => {
    const policy = PAGE_POLICY.replace(
      'ttl: { default: 1h, max: 8h }',
      'ttl: { default: 1h, max: 8h }\n    within_subject_token: true',
    );
    const world = await createPageWorld({ policy });
    const ann = await signedIn(world);
    const home = await ann.get('/ui');
    expect(textOf(home.text)).toContain('It ends with your sign-in at the latest.');
    const end = Number(/data-bound="(\d+)"/.exec(home.text)![1]);
    const fields = READ.map(([name, value]): [string, string] => [name, name === 'ttl' ? '28800' : value]);
    const review = await ann.send('/ui/token', [...fields, ['step', 'review']]);
    expect(textOf(review.text)).toContain(`until ${new Date(end).toISOString().slice(11, 16)} UTC, by rule engineers`);
  });

  test('asks for something to be ticked, and shows the form again with what is wrong', async () => {
    const ann = await signedIn(await createPageWorld());
    const nothing = await vend(ann, { rule: 'engineers', ttl: '3600' });
    expect([nothing.status, textOf(nothing.text)]).toEqual([
      400,
      expect.stringContaining('Tick what the token may do'),
    ]);
    const misspelt = await ann.send('/ui/token', [...READ, ['name1', 'a b'], ['action1', 'read']]);
    expect([misspelt.status, textOf(misspelt.text)]).toEqual([400, expect.stringContaining('a database name is')]);
  });

  test.each([
    [
      'what no rule covers',
      [['permission', 'db:payroll:read']],
      'No rule that matches this identity covers db:payroll:read',
    ],
    ['a life over the bounds', [['ttl', '999999']], 'gives at most 8h'],
  ] as const)('refused for %s says so with the reasoning, before a token is asked for', async (_, more, words) => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    const fields = new Map<string, string>([...READ, ...more]);
    for (const step of ['review', 'vend']) {
      const { status, text } = await ann.send('/ui/token', [...fields, ['step', step]]);
      expect([status, textOf(text)]).toEqual([403, expect.stringContaining(words)]);
      expect(textOf(text)).toContain('Ask for it');
    }
    expect(world.influx.creates()).toBe(0);
  });

  test('while InfluxDB is down says that this may pass', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    world.influx.faults.always('create', { kind: 'status', status: 503 });
    const { status, text } = await vend(ann);
    expect([status, textOf(text)]).toEqual([503, expect.stringContaining('This may pass: try again in a minute.')]);
  });
});

describe('the live tokens', () => {
  test('are listed with what they may do, and a click ends one', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    await vend(ann);
    const listed = await ann.get('/ui');
    expect(textOf(listed.text)).toMatch(
      /Live in your name read-only on ci_metrics main, by rule engineers, until \d\d:\d\d UTC 1 h left Revoke/,
    );
    const [, name] = /name="name" value="([^"]+)"/.exec(listed.text)!;
    const revoked = await ann.send('/ui/revoke', { name: name! });
    expect([revoked.status, revoked.headers.get('location')]).toEqual([303, '/ui?done=revoked']);
    expect(world.influx.tokens()).toEqual([]);
    const after = textOf((await ann.get('/ui?done=revoked')).text);
    expect(after).toContain('The token is revoked.');
    expect(after).toContain('Live in your name None.');
  });

  test('of another person cannot be ended', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    await vend(ann);
    const { name } = world.influx.tokens()[0]!;
    world.signIn.faults = { claims: { sub: 'ben', email: 'ben@acme.example' } };
    const ben = await signedIn(world, { sub: 'ben', email: 'ben@acme.example' });
    const { status } = await ben.send('/ui/revoke', { name });
    expect([status, world.influx.tokens().length]).toEqual([404, 1]);
  });

  test('say which instance did not answer', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    world.influx.faults.always('list', { kind: 'status', status: 503 });
    expect(textOf((await ann.get('/ui')).text)).toContain('main did not answer, so tokens may be missing here');
  });
});

describe('a decision looked up', () => {
  test('for a subject token says whose it is and what would be decided, without using it up or showing it', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    const pasted = await world.ciToken({ ref: 'refs/heads/feature' });
    const refused = await ann.send('/ui/decisions', { pasted });
    expect(textOf(refused.text)).toMatch(
      /It would be refused .* fails ref is "refs\/heads\/feature", but the rule wants "refs\/heads\/main"/,
    );
    expect(refused.text).not.toContain(pasted.split('.')[1]);
    const good = await world.ciToken();
    const granted = await ann.send('/ui/decisions', { pasted: ` ${good}\n`, permissions: 'db:ci_metrics:write' });
    expect(textOf(granted.text)).toContain('It would be granted');
    expect((await world.vend(good)).status).toBe(201);
  });

  test.each([
    ['', 'Paste a request id or a subject token.'],
    ['no token at all', 'token_malformed'],
  ])('for %j says what to do', async (pasted, words) => {
    const ann = await signedIn(await createPageWorld());
    const { status, text } = await ann.send('/ui/decisions', { pasted });
    expect([status, textOf(text)]).toEqual([400, expect.stringContaining(words)]);
  });
});
