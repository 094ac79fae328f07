// Opens an address in the person's browser, where there is one.
// It never fails, because the address has been printed too.

import { spawn } from 'node:child_process';
import type { Terminal } from '../shell/terminal.ts';

/** Whether there was something to open it with. */
export function openBrowser(url: string, env: Terminal['env'], platform: NodeJS.Platform = process.platform): boolean {
  const command = opener(env, platform);
  if (command === null) return false;
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true, env });
  child.on('error', () => {});
  child.unref();
  return true;
}

/** Program and arguments; no shell looks at the address. */
function opener(env: Terminal['env'], platform: NodeJS.Platform): readonly string[] | null {
  if (env.BROWSER) return [env.BROWSER];
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : null;
}
