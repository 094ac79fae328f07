// Whether the service could vend now: each instance with its admin token, each issuer with its keys, the gates. It caches the answer for a few
// seconds, so frequent requests never cost InfluxDB anything. It warns of an admin token that will soon be a problem.

import type { GateState } from '../admission/gate/gate.ts';
import { withinDeadline } from '../foundation/deadline.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { adminTokenWarnings } from '../influx/admin-token.ts';
import type { InfluxClient } from '../influx/client.ts';
import type { CompiledPolicy } from '../policy/language/compiled.ts';

export interface Check {
  /** `instance main`, `issuer github`, `gates`. */
  readonly name: string;
  readonly ready: boolean;
  /** The name of the admin token that the instance accepts. */
  readonly admin_token?: string;
  /** Why it is not ready; missing where it is. */
  readonly reason?: string;
  /** What will be a problem soon. */
  readonly warnings: readonly string[];
}

export interface Readiness {
  readonly ready: boolean;
  readonly policy: string;
  readonly checks: readonly Check[];
}

export type CheckReadiness = () => Promise<Readiness>;

export interface ReadinessDependencies {
  readonly policy: CompiledPolicy;
  readonly clients: ReadonlyMap<string, InfluxClient>;
  /** Why there is no client for an instance. */
  readonly unusable: ReadonlyMap<string, string>;
  /** By issuer entry: null, or why its tokens cannot be verified. */
  readonly keysReady: () => Promise<ReadonlyMap<string, string | null>>;
  /** How full each gate is, by its digit; null where it does not answer. A gate that was never called is made by the question. */
  readonly gateStates: () => Promise<ReadonlyMap<string, GateState | null>>;
  readonly runtime: Pick<Runtime, 'now' | 'alarm' | 'waitUntil' | 'after'>;
}

const REMEMBERED_MS = 10_000;
/** Longer than each check's own limit, shorter than a prober's patience. */
const DEADLINE_MS = 20_000;
const GATE_FAULTS = {
  silent: 'does not answer',
  full: 'is full and admits nothing',
  format: 'is of another version than the Worker',
} as const;
const NOT_READY: Readiness = { ready: false, policy: '', checks: [] };

export function createReadiness(dependencies: ReadinessDependencies): CheckReadiness {
  const { policy, clients, unusable, keysReady, gateStates, runtime } = dependencies;
  let remembered: { readonly at: number; readonly readiness: Readiness } | null = null;
  let checking: Promise<Readiness> | null = null;

  return async () => {
    if (remembered !== null && runtime.now() - remembered.at < REMEMBERED_MS) return remembered.readiness;
    if (checking === null) {
      checking = check().finally(() => {
        checking = null;
      });
      // Other requests may wait for it longer than the one that started it.
      runtime.waitUntil(checking);
    }
    return (await withinDeadline(checking, DEADLINE_MS, runtime)) ?? NOT_READY;
  };

  async function check(): Promise<Readiness> {
    const instances = Promise.all(Object.keys(policy.instances).map(checkInstance));
    const gates = checkGates();
    const checks = [...(await instances), ...(await checkIssuers()), await gates];
    const readiness = { ready: checks.every(({ ready }) => ready), policy: policy.digest, checks };
    remembered = { at: runtime.now(), readiness };
    return readiness;
  }

  async function checkInstance(name: string): Promise<Check> {
    const notReady = (reason: string): Check => ({ name: `instance ${name}`, ready: false, reason, warnings: [] });
    const client = clients.get(name);
    if (client === undefined) return notReady(unusable.get(name) ?? 'a secret of it is missing');
    const admin = await client.describeAdminToken();
    if (admin === 'refused') {
      runtime.alarm('admin_token_refused', { instance: name });
      return notReady(`${client.url}: InfluxDB does not accept the admin token`);
    }
    if ('why' in admin) return notReady(`${client.url}: ${admin.cause}`);
    const warnings = adminTokenWarnings(admin, runtime.now());
    for (const warning of warnings) runtime.alarm('admin_token_warning', { instance: name, warning });
    return { name: `instance ${name}`, ready: true, admin_token: admin.name, warnings };
  }

  async function checkGates(): Promise<Check> {
    const states = [...(await gateStates())];
    const reasons = states.flatMap(([digit, state]) =>
      state === null || state === 'full' || state === 'format'
        ? [`gate ${digit} ${GATE_FAULTS[state ?? 'silent']}`]
        : [],
    );
    const filling = states.filter(([, state]) => state === 'filling').map(([digit]) => digit);
    const warnings =
      filling.length === 0 ? [] : [`half full, so that only vends and revocations are kept: ${filling.join(', ')}`];
    const check = { name: 'gates', ready: reasons.length === 0, warnings };
    return reasons.length === 0 ? check : { ...check, reason: reasons.join('; ') };
  }

  async function checkIssuers(): Promise<readonly Check[]> {
    const faults = await keysReady();
    return Object.keys(policy.issuers).map((name): Check => {
      const reason = faults.get(name) ?? null;
      const check = { name: `issuer ${name}`, ready: reason === null, warnings: [] };
      return reason === null ? check : { ...check, reason };
    });
  }
}
