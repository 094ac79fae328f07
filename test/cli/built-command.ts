// Where the command stands that the package publishes: what the tests start is what users start. The global setup has built it.

import { join } from 'node:path';

export const COMMAND = join(import.meta.dirname, '../../dist/package/influx-sts.js');
