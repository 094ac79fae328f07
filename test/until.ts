// Waiting for what another process is about to do, never without an end. It waits for nothing that the clock of a test could bring.

const POLL_MS = 20;
/** Less than a test may take, so that it fails with what it waited for. */
const PATIENCE_MS = 20_000;

/** @param what completes "waited in vain until". */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${milliseconds} ms in vain until ${what}`);
    await new Promise((go) => setTimeout(go, POLL_MS));
  }
}

/** A promise that holds an answer back until the test releases it. */
export function createHold(): { readonly held: Promise<void>; readonly release: () => void } {
  let release = () => {};
  const held = new Promise<void>((go) => {
    release = go;
  });
  return { held, release };
}

const WITNESS = `
  import { subscribe } from 'node:diagnostics_channel';
  const tell = (text) => process.stderr.write(text + '\\n');
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tell('took ' + signal));
  subscribe('undici:request:trailers', ({ request }) => tell('read the answer of ' + request.path));
`;
/**
 * Has a Node process say on standard error what nobody else could see: `took SIGINT` when it handles the signal, `read the answer of
 * /path` when it has one.
 */
export const WITNESSED = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WITNESS)}` };
