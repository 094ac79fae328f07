// The order in which test files start: those that take longest first, so that no worker is left alone with one of them at the end. In a
// fresh clone Vitest would go by the size of the files, which says little. It decides the order only, never what runs.

import { join } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const SLOWEST = [
  'demo',
  'outage',
  'ui/browser',
  'life/objects',
  'life/switching',
  'life/sweep',
  'life/soak',
  'client/client',
  'client/influxdb-client',
  'life/pending',
  'cli/admin/admin',
  'cli/admin/rotate',
  'action/cancellation',
  'action/action',
  'threats/mutation',
  'policy/decision/properties',
  'worker',
  'cli/package',
  'cli/token/caller',
  'cli/token/exec-end',
  'cli/token/exec',
  'http/openapi',
].map((name) => join(import.meta.dirname, `${name}.test.ts`));

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => SLOWEST.indexOf(moduleId);
    const slow = files.filter((file) => place(file) >= 0).sort((a, b) => place(a) - place(b));
    return [...slow, ...(await super.sort(files.filter((file) => place(file) < 0)))];
  }
}
