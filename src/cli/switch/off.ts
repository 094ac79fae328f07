// `influx-sts switch off`: stops tokens from being made, and with --revoke ends those that live. It asks nothing back: in an incident nobody
// should have to answer questions.

import type { Client } from '../../client/client.ts';
import { StsError } from '../../client/error.ts';
import type { SwitchHits, SwitchRequest } from '../../client/switches.ts';
import { defineCommand, EXIT, misuse } from '../shell/command.ts';
import { targetWords } from '../shell/switched-off.ts';
import { plain } from '../shell/table.ts';
import type { Terminal } from '../shell/terminal.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from '../token/caller.ts';
import { SWITCH_EXIT_HELP } from './exits.ts';
import { readTarget, TARGET_HELP, TARGET_OPTIONS } from './target.ts';
import { interruptible, watch } from './watch.ts';

const NAME = 'switch off';

const HELP = `influx-sts ${NAME}: stop tokens from being made

Usage: influx-sts ${NAME} TARGET --why TEXT [options]

${TARGET_HELP}

Once it says "in force", InfluxDB gets no create that the switch covers any more. Callers are refused with the reason
switched_off, and are told why and until when. Live tokens live on, unless you add --revoke. Revoking, listing and
switches themselves cannot be switched off. For operators, and for the owners of a rule.

Examples:
  influx-sts ${NAME} rule ci-metrics --for 2h --why "we look into a leak"
  influx-sts ${NAME} identity --issuer github --claim repository_id=123456 --why "a leaked pipeline" --revoke
  influx-sts ${NAME} everything --why "wrong policy" --dry-run

Options:
  --issuer NAME         of an identity
  --claim NAME=VALUE    of an identity; as often as needed
  --why TEXT            for callers, who are told it
  --note TEXT           for operators alone
  --for DURATION        such as 30m, 2h or 7d (default: until somebody switches it on again)
  --revoke              revoke the live tokens that it covers, too; what it hits is printed first. A shared token ends for
                        all who hold it. Lifting the switch does not stop this
  --since TIME          with --revoke or --dry-run: only tokens made since then, such as 2026-11-23T12:00:00Z
  --dry-run             only print what it would hit
  --json                print the switch as JSON; after a dry run, what it would hit
  -h, --help            print this

${SERVICE_HELP}

${SWITCH_EXIT_HELP}
`;

export const switchOff = defineCommand({
  name: NAME,
  summary: 'stop tokens from being made',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: {
    ...TARGET_OPTIONS,
    why: { type: 'string' },
    note: { type: 'string' },
    for: { type: 'string' },
    revoke: { type: 'boolean' },
    since: { type: 'string' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
    ...SERVICE_OPTIONS,
  },
  positionals: ['TARGET', '[NAME]'],
  run: async ({ values, positionals: [kind, named] }, terminal) => {
    const { why = '', note, for: duration, revoke = false, since, 'dry-run': dryRun = false, json = false } = values;
    const target = readTarget(kind!, named, values);
    if (!target.ok) return misuse(terminal, NAME, target.problem);
    if (why.trim() === '' && !dryRun) return misuse(terminal, NAME, 'say why with --why; callers are told it');
    if (since !== undefined && !revoke && !dryRun)
      return misuse(terminal, NAME, '--since goes with --revoke or --dry-run');
    if (since !== undefined && Number.isNaN(Date.parse(since))) {
      return misuse(terminal, NAME, '--since takes a time such as 2026-11-23T12:00:00Z');
    }
    const request: SwitchRequest = {
      target: target.value,
      why: why.trim() === '' ? 'a dry run' : why,
      ...(note === undefined ? {} : { note }),
      ...(duration === undefined ? {} : { for: duration }),
      ...(since === undefined ? {} : { since }),
    };
    return withService(values, { name: NAME, terminal }, async (client) => {
      if (dryRun) {
        const { hits } = await client.switches.off({ ...request, dry_run: true });
        if (json) terminal.out.line(JSON.stringify(hits, null, 2));
        else terminal.out.line(hitWords(hits!));
        return EXIT.ok;
      }
      if (revoke) await sayWhatIsHit(client, request, terminal);
      return set(client, { ...request, ...(revoke ? { revoke } : {}) }, json, terminal);
    });
  },
});

const LABEL = `influx-sts ${NAME}`;

async function set(client: Client, request: SwitchRequest, json: boolean, terminal: Terminal): Promise<number> {
  const { switch: one, missing } = await client.switches.off(request);
  const { exit, state } = await interruptible(terminal, LABEL, () => watch(client, one!, missing, terminal, LABEL));
  if (json) {
    terminal.out.line(JSON.stringify(state, null, 2));
    return exit;
  }
  const end = state.until === null ? 'until it is switched on again' : `until ${state.until}`;
  const how = exit === EXIT.ok ? 'in force' : 'not in force';
  terminal.out.line(plain(`${how}: ${targetWords(state.target)} is off ${end} (${state.id})`));
  if (state.revocation?.state === 'done') terminal.out.line(`revoked ${tokens(state.revocation.revoked)}`);
  return exit;
}

/** A service that cannot tell what is hit can still stop it. */
async function sayWhatIsHit(client: Client, request: SwitchRequest, { err }: Terminal): Promise<void> {
  try {
    const { hits } = await client.switches.off({ ...request, dry_run: true });
    err.line(`${LABEL}: ${hitWords(hits!)}`);
  } catch (error) {
    if (!(error instanceof StsError) || !error.retryable) throw error;
    err.line(`${LABEL}: what it hits cannot be told now; going on`);
  }
}

function hitWords({ rules, live, shared, incomplete }: SwitchHits): string {
  const many =
    rules.length === 0
      ? 'no rule of the policy'
      : `${rules.length === 1 ? 'the rule' : 'the rules'} ${rules.map(plain).join(', ')}`;
  const others = shared === 0 ? '' : `, ${shared} of them shared: others who hold them lose them, too`;
  const unread =
    incomplete.length === 0 ? '' : `; there may be more, because ${incomplete.map(plain).join(', ')} did not answer`;
  return `it hits ${many}, and ${tokens(live, 'live ')}${others}${unread}`;
}

function tokens(count: number, which = ''): string {
  return `${count} ${which}token${count === 1 ? '' : 's'}`;
}
