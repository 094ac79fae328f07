// One Chromium for a file of tests, and pages in it that know nothing of each other. It decides nothing about what a page should be.

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { findChromium } from './chromium.ts';

/** Far above what a page takes on a busy machine. */
const PATIENCE_MS = 15_000;

export interface Browsing {
  /** A page of a visitor without cookies; it is closed with the test. */
  readonly page: (options?: BrowserContextOptions) => Promise<Page>;
}

export function useBrowser(): Browsing {
  let browser: Browser;
  beforeAll(async () => {
    const { executablePath, env } = await findChromium();
    browser = await chromium.launch({ executablePath, env: { ...process.env, ...env }, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return {
    page: async (options) => {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      onTestFinished(() => context.close());
      return page;
    },
  };
}
