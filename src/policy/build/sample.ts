// What is left in a policy of the sample that comes with the project: ids and addresses that are nobody's. No I/O.

import type { Report } from './report.ts';
import type { PolicyFile } from './schema.ts';

const SAMPLE = {
  repository_id: '123456',
  repository_owner_id: '77',
  audience: 'https://sts.example.com',
  host: 'influxdb.example.com',
};

const IDS = ['repository_id', 'repository_owner_id'] as const;

/** Whether the policy has no rule of its deployer's own yet. */
export function isUntouched(file: PolicyFile): boolean {
  const granting = file.rules.filter(({ deny }) => deny === undefined);
  return granting.length > 0 && granting.every(({ when }) => IDS.every((claim) => when[claim] === SAMPLE[claim]));
}

/** Reports each remnant. @param say as an error where the policy is deployed, else as a warning */
export function lintSample(file: PolicyFile, say: Report['error']): void {
  if (file.audience === SAMPLE.audience) {
    say(['audience'], `"${SAMPLE.audience}" is the sample's audience`, 'write the address of your service');
  }
  for (const [name, { url }] of Object.entries(file.instances)) {
    if (!URL.canParse(url) || new URL(url).hostname !== SAMPLE.host) continue;
    say(['instances', name, 'url'], `"${url}" is the sample's server`, 'write the address of your InfluxDB server');
  }
  for (const [at, { when }] of file.rules.entries()) {
    for (const claim of IDS) {
      if (when[claim] !== SAMPLE[claim]) continue;
      const shown = '"gh api repos/OWNER/REPO --jq \'.id, .owner.id\'" prints both';
      say(['rules', at, 'when', claim], `"${SAMPLE[claim]}" is the sample's ${claim}`, `write your own; ${shown}`);
    }
  }
}
