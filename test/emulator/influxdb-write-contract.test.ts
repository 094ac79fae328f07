// The wire contract of InfluxDB 3 Enterprise for writing line protocol, and the proof that the official JavaScript
// client can write with a minted token as it is. It never queries through that client, which would need gRPC.
import { gzipSync } from 'node:zlib';
import { InfluxDBClient, setLogger } from '@influxdata/influxdb3-client';
import { describe, expect, it } from 'vitest';
import { db, describeContract } from './influxdb-contract-suite.ts';

// The client prints refused writes, which are expected here.
setLogger({ error: () => {}, warn: () => {} });

describeContract('writing', (suite) => {
  describe('writing', () => {
    it('refuses an insufficient token on /api/v2/write as the version does', async () => {
      const token = await suite.mint([db([suite.alpha], ['write'])]);
      const answer = await suite.influx.writeV2(token, suite.beta, 'm v=1');
      const refusal = suite.version.forbiddenOnV2Write
        ? {
            code: 'forbidden',
            message: 'Authorization error: unauthorized to perform requested action with the token',
          }
        : { code: 'unauthorized', message: 'unauthorized access' };
      expect(answer.status).toBe(suite.version.forbiddenOnV2Write ? 403 : 401);
      expect(answer.text).toBe(JSON.stringify(refusal));
      expect(answer.headers.get('content-type')).toBeNull();
    });

    it('keeps the good lines of a bad body on /api/v3/write_lp and reports the others', async () => {
      const lines = 'partial v=1 1000000000000000000\na line that is no line protocol\n';
      const answer = await suite.influx.writeV3(suite.adminToken, suite.alpha, lines);
      expect(answer.status).toBe(400);
      const body = JSON.parse(answer.text);
      expect(body.error).toBe('partial write of line protocol occurred');
      expect(Object.keys(body.data[0])).toEqual(['error_message', 'line_number', 'original_line']);
      expect(body.data[0]).toMatchObject({ line_number: 2, original_line: 'a line that is no li' });
      const rows = await suite.influx.query(suite.adminToken, suite.alpha, 'SELECT * FROM partial');
      expect(JSON.parse(rows.text)).toEqual([{ time: '2001-09-09T01:46:40', v: 1 }]);
    });

    it('keeps nothing of a bad body with accept_partial=false', async () => {
      const lines = 'whole v=1\nwhole v=\n';
      const answer = await suite.influx.writeV3(suite.adminToken, suite.alpha, lines, '&accept_partial=false');
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({
        error: suite.version.catalogV3 ? 'line protocol parsing error' : 'parsing failed for write_lp endpoint',
        data: { line_number: 2, original_line: 'whole v=' },
      });
      expect((await suite.influx.query(suite.adminToken, suite.alpha, 'SELECT * FROM whole')).status).toBe(400);
    });

    it('keeps nothing of a bad body on /api/v2/write', async () => {
      const answer = await suite.influx.writeV2(suite.adminToken, suite.alpha, 'second v=1\nsecond v=\n');
      expect(answer.status).toBe(400);
      const body = JSON.parse(answer.text);
      expect(body.code).toBe('invalid');
      expect(body.message).toMatch(/^write buffer error: line protocol parse failed: /);
      expect((await suite.influx.query(suite.adminToken, suite.alpha, 'SELECT * FROM second')).status).toBe(400);
    });

    it('keeps nothing of a bad body on /write and says so in JSON', async () => {
      const path = `/write?db=${suite.alpha}`;
      const answer = await suite.influx.asAdmin('POST', path, { body: 'first v=1\nfirst v=\n' });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toEqual({ error: expect.any(String) });
      expect((await suite.influx.query(suite.adminToken, suite.alpha, 'SELECT * FROM first')).status).toBe(400);
    });

    it('reads gzip bodies', async () => {
      const body = new Uint8Array(gzipSync('zipped v=7i 1000000000000000000'));
      const headers = { 'content-encoding': 'gzip' };
      const path = `/api/v3/write_lp?db=${suite.alpha}`;
      expect((await suite.influx.asAdmin('POST', path, { body, headers })).status).toBe(204);
      const rows = await suite.influx.query(suite.adminToken, suite.alpha, 'SELECT v FROM zipped');
      expect(rows.text).toBe('[{"v":7}]');
    });

    it.each([
      ['no query string', '/api/v3/write_lp', 'm v=1', "missing query parameter 'db'"],
      ['no database', '/api/v3/write_lp?precision=second', 'm v=1', 'serde error: missing field `db`'],
      ['an empty body', `/api/v3/write_lp?db=${suite.alpha}`, '', 'incoming write was empty'],
      [
        'a name that starts badly',
        '/api/v3/write_lp?db=_x',
        'm v=1',
        '{"error":"db name did not start with a number or letter"}',
      ],
      [
        'no bucket',
        '/api/v2/write?precision=ns',
        'm v=1',
        '{"code":"invalid","message":"no org/bucket destination provided"}',
      ],
    ])('answers 400 to %s', async (_case, path, body, text) => {
      const answer = await suite.influx.asAdmin('POST', path, { body });
      expect([answer.status, answer.text]).toEqual([400, text]);
    });

    it('answers 400 to an encoding other than gzip', async () => {
      const headers = { 'content-encoding': 'br' };
      const path = `/api/v3/write_lp?db=${suite.alpha}`;
      const answer = await suite.influx.asAdmin('POST', path, { body: 'm v=1', headers });
      expect([answer.status, answer.text]).toEqual([400, 'unacceptable content-encoding: br']);
    });

    it('answers 413 to more than 10 MiB', async () => {
      const body = 'x'.repeat(10_485_761);
      const answer = await suite.influx.writeV3(suite.adminToken, suite.alpha, body);
      expect([answer.status, answer.text]).toEqual([413, 'max request size (10485760 bytes) exceeded']);
    });

    it('answers 413 to what is more than 10 MiB only after decompression', async () => {
      const body = new Uint8Array(gzipSync('x'.repeat(10_485_761)));
      const headers = { 'content-encoding': 'gzip' };
      const path = `/api/v3/write_lp?db=${suite.alpha}`;
      expect((await suite.influx.asAdmin('POST', path, { body, headers })).status).toBe(413);
    });

    it('cuts a reported line before the character that would exceed 20 bytes', async () => {
      const answer = await suite.influx.writeV3(suite.adminToken, suite.alpha, `${'x'.repeat(19)}ü is no line`);
      expect(JSON.parse(answer.text).data[0].original_line).toBe('x'.repeat(19));
    });
  });

  describe('the JavaScript client', () => {
    async function withClient<T>(token: string, database: string, use: (client: InfluxDBClient) => Promise<T>) {
      const client = new InfluxDBClient({ host: suite.url, token, database });
      try {
        return await use(client);
      } finally {
        await client.close();
      }
    }

    it('writes with a minted token', async () => {
      const token = await suite.mint([db([suite.alpha], ['write'])]);
      await withClient(token, suite.alpha, (client) => client.write('client,tag=a v=1.5 1000000000000000000'));
      const rows = await suite.influx.query(suite.adminToken, suite.alpha, 'SELECT * FROM client');
      expect(JSON.parse(rows.text)).toEqual([{ tag: 'a', time: '2001-09-09T01:46:40', v: 1.5 }]);
    });

    it('writes many lines, which it sends compressed', async () => {
      const token = await suite.mint([db([suite.alpha], ['write'])]);
      const lines = Array.from({ length: 200 }, (_, i) => `many v=${i}i ${1_000_000_000_000_000_000n + BigInt(i)}`);
      await withClient(token, suite.alpha, (client) => client.write(lines));
      const rows = await suite.influx.query(suite.adminToken, suite.alpha, 'SELECT count(*) AS n FROM many');
      expect(JSON.parse(rows.text)).toEqual([{ n: 200 }]);
    });

    it('is refused on another database', async () => {
      const token = await suite.mint([db([suite.alpha], ['write'])]);
      const writing = withClient(token, suite.beta, (client) => client.write('client v=1'));
      await expect(writing).rejects.toMatchObject({
        statusCode: suite.version.forbiddenOnV2Write ? 403 : 401,
        code: suite.version.forbiddenOnV2Write ? 'forbidden' : 'unauthorized',
      });
    });

    it('reports the version', async () => {
      const version = await withClient(suite.adminToken, suite.alpha, (client) => client.getServerVersion());
      expect(version).toMatch(/^3\.\d+\.\d+/);
    });
  });
});
