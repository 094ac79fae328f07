// Chromium for the tests that need a browser, out of an npm package: unpacked once for each version, and found again by every later run. It
// never downloads anything, and never uses another browser than it says.

import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';

const PACKAGE = dirname(dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))));
const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
const CACHE = join(import.meta.dirname, '../node_modules/.cache');
const UNPACKED = join(CACHE, `chromium-${version}`);

export interface Chromium {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Whether the package's Chromium runs here. */
const packaged = process.platform === 'linux' && process.arch === 'x64';

/** The package's own names folders of another system; without a font nothing has a size. */
const FONTS = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${UNPACKED}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${UNPACKED}/cache</cachedir>
</fontconfig>
`;

/** Unpacks it, unless that was done before. The last step is one rename, so that nobody ever meets half of it. */
export async function unpackChromium(): Promise<void> {
  if (!packaged || process.env.CHROMIUM_PATH || existsSync(UNPACKED)) return;
  await mkdir(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, 'chromium-new-'));
  const packed = (name: string) => join(PACKAGE, 'bin', `${name}.br`);
  const executable = join(fresh, 'chromium');
  await Promise.all([
    pipeline(createReadStream(packed('chromium')), createBrotliDecompress(), createWriteStream(executable)),
    ...['fonts.tar', 'al2023.tar'].map((name) => untar(packed(name), fresh)),
  ]);
  await chmod(executable, 0o755);
  await writeFile(join(fresh, 'fonts.conf'), FONTS);
  // Another run may have been faster.
  await rename(fresh, UNPACKED).catch(() => rm(fresh, { recursive: true }));
}

async function untar(packed: string, folder: string): Promise<void> {
  // From a file, because tar stops reading at the end mark and would close a pipe too early.
  const archive = `${join(folder, basename(packed))}.unpacked`;
  await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(archive));
  await promisify(execFile)('tar', ['-x', '-f', archive, '-C', folder]);
  await rm(archive);
}

/** Rejects with what to do about it. */
export async function findChromium(): Promise<Chromium> {
  const own = process.env.CHROMIUM_PATH ?? '';
  if (own !== '') {
    await access(own);
    return { executablePath: own, env: {} };
  }
  if (!packaged) {
    throw new Error('These tests need Chromium, which npm brings for Linux on x64 alone: name yours in CHROMIUM_PATH.');
  }
  const executablePath = join(UNPACKED, 'chromium');
  const env = (await lacksLibraries(executablePath))
    ? { LD_LIBRARY_PATH: join(UNPACKED, 'lib') }
    : ({} as Record<string, string>);
  return { executablePath, env: { ...env, FONTCONFIG_PATH: UNPACKED } };
}

/** Small images have no NSS. */
async function lacksLibraries(executable: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ldd', [executable]);
  return stdout.includes('not found');
}
