// Issuers that share one `iss` and have keys of their own, as clusters at their default do: the audience says whose keys are tried, and the
// key of one never speaks for another - in verifying, owning, listing and single use alike.

import { describe, expect, it } from 'vitest';
import { createIssuer, createSigningKey, type Issuer, type SignOptions } from '../emulator/issuer.ts';
import { createWorld, type WorldOptions } from '../world.ts';

const ISS = 'https://kubernetes.default.svc.cluster.local';
const [EDGE, LAB] = ['urn:edge', 'urn:lab'];
const START = Date.parse('2026-11-23T12:00:00Z');

interface Cluster {
  readonly name: string;
  readonly issuer: Issuer;
  readonly audience: string;
}

const cluster = async (name: string, audience: string): Promise<Cluster> => ({
  name,
  audience,
  issuer: await createIssuer({ iss: ISS, now: () => START, key: await createSigningKey('ES256', 'same-kid') }),
});
const clusters = await Promise.all([cluster('edge', EDGE), cluster('lab', LAB)]);
const [edge, lab] = clusters as [Cluster, Cluster];

function open(entry: (one: Cluster) => object, more: WorldOptions = {}, others: object = {}) {
  const policy = JSON.stringify({
    issuers: {
      ...Object.fromEntries(
        clusters.map((one) => [
          one.name,
          { issuer: ISS, algorithms: ['ES256'], audience: one.audience, ...entry(one) },
        ]),
      ),
      ...others,
    },
    instances: { main: { url: 'https://influxdb.example.com:8181', admin_token: 'INFLUXDB3_ADMIN_TOKEN' } },
    rules: clusters.map(({ name }) => ({ name, issuer: name, when: { sub: 'app' }, allow: [`db:${name}:write`] })),
  });
  return createWorld({ policy, influx: { databases: ['edge', 'lab'] }, ...more });
}

const inFile = ({ issuer }: Cluster) => ({ jwks: issuer.jwks() });
const token = ({ issuer }: Cluster, aud: unknown, claims: object = {}, options: SignOptions = {}) =>
  issuer.sign({ sub: 'app', aud, ...claims }, options);

describe('clusters of one iss', () => {
  it('each come in by their own entry, and get what that entry has', async () => {
    const world = await open(inFile);
    for (const one of clusters) {
      const { body } = await world.vend(await token(one, one.audience));
      expect(body.rule).toBe(one.name);
      expect(world.events.at(-1)?.issuer).toBe(one.name);
    }
  });

  it.each([
    ['for the audience of another', (one: Cluster) => (one === edge ? LAB : EDGE), 'signature_invalid'],
    ['for both audiences', () => [EDGE, LAB], 'claim_invalid'],
    ['for a strange audience', () => 'urn:other', 'claim_invalid'],
    ['for no audience', () => undefined, 'claim_invalid'],
  ])('are refused a token of theirs %s', async (_name, aud, reason) => {
    const world = await open(inFile);
    for (const one of clusters) {
      const { body } = await world.vend(await token(one, aud(one)));
      expect(body.reason).toBe(reason);
      // Nobody has been verified.
      expect(body.audience_expected).toBeUndefined();
    }
    expect(world.influx.creates()).toBe(0);
  });

  it('never speak for another where that one accepts further audiences', async () => {
    const world = await open((one) => ({ ...inFile(one), multiple_audiences: one === lab }));
    const { body } = await world.vend(await token(edge, [EDGE, LAB]));
    expect(body.reason).toBe('signature_invalid');
    const good = await world.vend(await token(lab, [EDGE, LAB]));
    expect(good.body.rule).toBe('lab');
  });

  it('are asked for their keys each by itself, and an outage of one leaves the other alone', async () => {
    const address = ({ name }: Cluster) => `https://${name}.example.net/keys`;
    const world = await open((one) => ({ jwks_uri: address(one) }), {
      elsewhere: async (request) => {
        if (request.url === address(edge)) return new Response('', { status: 401 });
        return Response.json(lab.issuer.jwks());
      },
    });
    expect((await world.vend(await token(lab, LAB))).body.rule).toBe('lab');
    const { body } = await world.vend(await token(edge, EDGE));
    expect([body.reason, body.detail]).toEqual([
      'keys_unavailable',
      expect.stringContaining('its key set answers 401'),
    ]);
    expect(world.alarms).toEqual([
      {
        name: 'keys_not_refreshed',
        facts: { issuer: 'edge', address: address(edge), status: 401, cause: 'answers 401' },
      },
    ]);
    expect((await world.request('/readyz')).status).toBe(503);
  });

  it('own their tokens each for itself, though subjects are the same', async () => {
    const world = await open(inFile);
    const { body } = await world.vend(await token(edge, EDGE));
    const as = async (one: Cluster) => ({ authorization: `Bearer ${await token(one, one.audience)}` });
    const list = async (one: Cluster) => (await world.request('/v1/tokens', { headers: await as(one) })).body.tokens;
    expect([(await list(edge)).length, (await list(lab)).length]).toEqual([1, 0]);
    const revoke = async (one: Cluster) =>
      (await world.request(`/v1/tokens/${body.name}`, { method: 'DELETE', headers: await as(one) })).status;
    expect([await revoke(lab), await revoke(edge)]).toEqual([404, 204]);
  });

  it('use up a jti each for itself', async () => {
    const world = await open((one) => ({ ...inFile(one), single_use: true }));
    for (const one of clusters) {
      const status = async () => (await world.vend(await token(one, one.audience, { jti: '1' }))).status;
      expect([await status(), await status()]).toEqual([201, 401]);
    }
  });

  it('ignore header parameters and ask for types each as its own entry says', async () => {
    const world = await open((one) => ({
      ...inFile(one),
      ...(one === edge ? { ignore_header: ['jku'], typ: 'x+jwt' } : {}),
    }));
    const header = { jku: 'https://evil.example/keys' };
    const reason = async (one: Cluster, more: Record<string, unknown>) =>
      (await world.vend(await token(one, one.audience, {}, { header: more }))).body.reason;
    expect(await reason(edge, { ...header, typ: 'x+jwt' })).toBeUndefined();
    expect(await reason(edge, {})).toBe('token_malformed');
    expect(await reason(lab, header)).toBe('token_malformed');
    expect(await reason(lab, {})).toBeUndefined();
  });
});

describe('an iss that is no address', () => {
  it.each([
    'rke',
    'accounts.example',
    'urn:a:b',
    'http://cluster.local',
    'app@project.iam.example.com',
  ])('is compared as it stands: %s', async (iss) => {
    const world = await open(
      inFile,
      {},
      { odd: { issuer: iss, jwks: edge.issuer.jwks(), algorithms: ['ES256'], audience: 'urn:odd' } },
    );
    const signed = (claimed: string) => token(edge, 'urn:odd', { iss: claimed });
    expect((await world.vend(await signed(iss))).body.reason).toBe('no_rule');
    expect((await world.vend(await signed(`${iss}/`))).body.reason).toBe('issuer_untrusted');
    expect(world.calls).toEqual([]);
  });
});
