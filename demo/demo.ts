// `npm run demo`: follows a CI job from its OIDC token to a row in InfluxDB, and tries what it must not do. It exits with 0 only if each
// answer was the expected one. It leaves nothing running and never contacts another machine.

import { styleText } from 'node:util';
import type { AuditEvent } from '../src/audit/event.ts';
import { createCaller, type Problem } from './caller.ts';
import { type Stack, startStack } from './stack.ts';
import { createStory, expectEqual, shorten } from './story.ts';

/** Far above what a slow machine needs. */
const DEADLINE_MS = 55_000;
const POLL_MS = 200;
const SHORT_LIFE_SECONDS = 2;
/** How long past its end a token may still be accepted before the demo gives up. */
const EXPIRY_PATIENCE_MS = 8_000;
/** How long after a switch a token that it covers may live before the demo gives up. */
const REVOCATION_PATIENCE_MS = 10_000;
const LOG_PATIENCE_MS = 5_000;
/** One for each request that carries a credential. */
const AUDIT_LINES = 10;

const { step, tell, heading } = createStory();

const building = new AbortController();
/** workerd is killed when this process exits, and everything else runs in this process. */
function quit(code: number, why: string): never {
  console.error(`\n${why}`);
  building.abort();
  process.exit(code);
}
process.once('SIGINT', () => quit(130, 'Interrupted.'));
process.once('SIGTERM', () => quit(143, 'Terminated.'));
process.once('SIGHUP', () => quit(129, 'Hung up.'));
setTimeout(() => quit(1, `The demo has not ended within ${DEADLINE_MS / 1000} s.`), DEADLINE_MS).unref();

process.exitCode = await main();

async function main(): Promise<number> {
  const begun = performance.now();
  let stack: Stack | undefined;
  try {
    console.log('Building the Worker, and starting it beside an emulated issuer and an emulated InfluxDB ...');
    stack = await startStack({ signal: building.signal });
    tell('service', `${stack.serviceUrl} (the built Worker, in workerd)`);
    tell('InfluxDB', stack.influxUrl);
    tell('issuer', `${stack.issuerUrl} (in GitHub's place)`);
    const seen = await play(stack);
    showAudit(await auditEvents(stack, AUDIT_LINES), stack.logs.join('\n'), seen);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`\n${styleText(['bold', 'green'], 'All as expected')}, in ${seconds} s.`);
    return 0;
  } catch (error) {
    console.error(`\n${styleText('red', 'Not as expected')}: ${(error as Error).message}`);
    for (const line of stack?.logs ?? []) console.error(`   log: ${line}`);
    return 1;
  } finally {
    await stack?.stop();
  }
}

/** Returns the secrets that the demo has used, so that it can check the log for them. */
async function play(stack: Stack): Promise<string[]> {
  const { subjectToken, vend, expectProblem, switchOff, revoke, write, query } = createCaller(stack);
  const refusal = ({ status, reason, detail }: Problem, expected: string, expectedStatus = 403) => {
    tell('answer', `${status} ${reason}`);
    tell('detail', detail);
    expectEqual('the status', status, expectedStatus);
    expectEqual('the reason', reason, expected);
  };

  const subject = await step(
    'A CI job on the main branch of acme/app asks its issuer for a subject token',
    async () => {
      const token = await subjectToken('github');
      const { repository_id, ref, event_name } = claimsOf(token);
      tell('token', shorten(token));
      tell('claims', `repository_id ${repository_id}, ref ${ref}, event_name ${event_name}`);
      return token;
    },
  );

  const { token, name, lease } = await step('It exchanges it for a database token', async () => {
    const vended = await vend(subject);
    tell('token', shorten(vended.token));
    tell('grant', `${vended.permissions.join(' ')} by the rule "${vended.rule}", for ${vended.expires_in} s`);
    tell('name', vended.name);
    return vended;
  });

  await step('It writes three points with the InfluxDB client', async () => {
    const lines = ['build,job=unit seconds=41', 'build,job=lint seconds=7', 'build,job=deploy seconds=95'];
    expectEqual('the write', await write(token, 'ci_metrics', lines), 'accepted');
    tell('wrote', lines.join(' | '));
  });

  await step('It reads them back by SQL', async () => {
    const rows = await query(token, 'ci_metrics', 'SELECT job, seconds FROM build ORDER BY seconds');
    const text = rows.map(({ job, seconds }) => `${job} ${seconds}`).join(', ');
    tell('rows', text);
    expectEqual('the rows', text, 'lint 7, unit 41, deploy 95');
  });

  await step('InfluxDB refuses the same token on another database', async () => {
    const outcome = await write(token, 'production', ['build,job=unit seconds=41']);
    tell('InfluxDB', outcome);
    expectEqual('the write', outcome, 'refused with 403');
  });

  await step('Its subject token was good for one exchange, no matter who shows it again', async () =>
    refusal(await expectProblem(subject), 'token_replayed', 401),
  );

  await step('The service refuses a token for that database, and says why', async () =>
    refusal(await expectProblem(await subjectToken('github'), { permissions: ['db:production:write'] }), 'not_granted'),
  );

  await step('A job of the same repository on a branch is refused, and told what is missing', async () =>
    refusal(await expectProblem(await subjectToken('branch')), 'no_rule'),
  );

  await step('A stranger with a genuine token of the same issuer is told nothing of the policy', async () =>
    refusal(await expectProblem(await subjectToken('stranger')), 'no_rule'),
  );

  await step('The job is done, and gives its database token back by the lease that came with it', async () => {
    expectEqual('the revocation', await revoke(name, lease), 204);
    const outcome = await write(token, 'ci_metrics', ['build,job=unit seconds=41']);
    tell('afterwards', outcome);
    expectEqual('the write afterwards', outcome, 'refused with 401');
  });

  await step(`A token for ${SHORT_LIFE_SECONDS} s is of use while it lives, and dead afterwards`, async () => {
    const brief = await vend(await subjectToken('github'), { ttl: `${SHORT_LIFE_SECONDS}s` });
    const attempt = () => write(brief.token, 'ci_metrics', ['build,job=brief seconds=1']);
    let outcome = await attempt();
    expectEqual('the write at once', outcome, 'accepted');
    tell('at once', outcome);
    const patience = performance.now() + SHORT_LIFE_SECONDS * 1000 + EXPIRY_PATIENCE_MS;
    while (outcome === 'accepted' && performance.now() < patience) {
      await pause();
      outcome = await attempt();
    }
    tell('afterwards', outcome);
    expectEqual('the write afterwards', outcome, 'refused with 401');
  });

  await step(
    'A pipeline has leaked: an operator switches the rule off, and the token that is out is dead',
    async () => {
      const out = await vend(await subjectToken('github'));
      const attempt = () => write(out.token, 'ci_metrics', ['build,job=leaked seconds=1']);
      expectEqual('the write before', await attempt(), 'accepted');
      await switchOff(await subjectToken('operations'), 'ci-metrics', 'we look into a leaked pipeline');
      refusal(await expectProblem(await subjectToken('github')), 'switched_off');
      const patience = performance.now() + REVOCATION_PATIENCE_MS;
      let outcome = await attempt();
      while (outcome === 'accepted' && performance.now() < patience) {
        await pause();
        outcome = await attempt();
      }
      tell('the token', outcome);
      expectEqual('the write afterwards', outcome, 'refused with 401');
    },
  );
  return [token, lease, subject.split('.')[2]!];
}

/** workerd's output arrives a moment after its answer. */
async function auditEvents({ logs }: Stack, count: number): Promise<AuditEvent[]> {
  const patience = performance.now() + LOG_PATIENCE_MS;
  while (logs.length < count && performance.now() < patience) await pause();
  expectEqual('the number of audit lines', logs.length, count);
  return logs.map((line) => JSON.parse(line) as AuditEvent);
}

function showAudit(events: readonly AuditEvent[], log: string, secrets: readonly string[]): void {
  heading('What the audit log holds of it');
  for (const { time, outcome, reason, rule, subject, token_name: name } of events) {
    const facts = [outcome, reason, rule === undefined ? undefined : `rule ${rule}`, subject?.sub, name];
    tell(time.slice(11, 19), facts.filter((fact) => fact !== undefined).join(', '));
  }
  heading('The first of these lines in full');
  console.log(JSON.stringify(events[0], null, 2).replace(/^/gm, '   '));
  const leaked = secrets.some((secret) => log.includes(secret));
  expectEqual('a secret in the log', leaked, false);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}
