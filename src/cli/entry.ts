#!/usr/bin/env node

// The entry of the installed command: it installs the signal handlers first, and then loads the command. It never loads anything before
// them, because a signal without a handler would be lost.

import './token/early-signals.ts';

await import('./main.ts');
