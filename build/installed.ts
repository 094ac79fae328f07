// What npm runs after each installation in a checkout, as its script `dependencies`: the command and the platform's types are there then,
// so that `npx influx-sts` and `npx tsc` work at once.

import './package.ts';
import './types.ts';
