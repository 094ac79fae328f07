// Keeps secrets out of the log of a GitHub Actions job: it tells the runner of each secret before anything can print it. It never uses
// standard output, which is for results; the runner reads standard error too. The runner recognises a command only at the start of a line.
// A program that shares standard error may have left half a line there, and the text after it would be printed as it is.

import type { Terminal } from '../shell/terminal.ts';

export function maskInActions(secrets: readonly (string | null)[], { env, err }: Terminal): void {
  if (env.GITHUB_ACTIONS !== 'true') return;
  for (const secret of secrets) if (secret !== null) err.line(`\n::add-mask::${commandData(secret)}`);
}

/** As the runner decodes it. */
function commandData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
