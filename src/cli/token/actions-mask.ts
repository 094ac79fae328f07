// Keeps secrets out of the log of a GitHub Actions job: the runner is told of each before anything could print it. On standard error,
// which it reads as well, since standard output is for results. The runner takes a command only at the start of a line, and a program
// that shares standard error may have left half a line there: what follows it would be printed as it is.

import type { Terminal } from '../shell/terminal.ts';

export function maskInActions(secrets: readonly (string | null)[], { env, err }: Terminal): void {
  if (env.GITHUB_ACTIONS !== 'true') return;
  for (const secret of secrets) if (secret !== null) err.line(`\n::add-mask::${commandData(secret)}`);
}

/** As the runner decodes it. */
function commandData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
