// `npm run -s scale`: prints the figures that docs/scale.md quotes. It measures nothing, and prints the same on every machine.

import { figures } from './scale/figures.ts';

process.stdout.write(figures().join('\n'));
