#!/usr/bin/env node

// What the installed command starts with: the handlers of signals before all else, then the command itself.

import './token/early-signals.ts';

await import('./main.ts');
