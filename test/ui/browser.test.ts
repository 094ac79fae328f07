// Signing in and out in a real browser, and what only a real browser can show: which cookies it keeps and sends, whose forms it lets
// through, and what it refuses to frame.

import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PEOPLE } from '../../demo/people.ts';
import { useBrowser } from '../browser.ts';
import { type Listener, listen } from '../emulator/listen.ts';
import { violationsOf } from './axe.ts';
import { type PageStack, startPageStack } from './page-stack.ts';

const browser = useBrowser();
let stack: PageStack;
let evil: Listener;
let served = '';
beforeAll(async () => {
  stack = await startPageStack();
  // Another site than the page's: its host is another.
  evil = await listen(async () => new Response(served, { headers: { 'content-type': 'text/html' } }));
});
afterAll(() => Promise.all([stack.stop(), evil.close()]));

/** What a browser has kept of a sign-in, by person: signing in is tried once, and takes longer than most tests. */
const kept = new Map<string, Awaited<ReturnType<BrowserContext['storageState']>>>();

async function signedIn(person: keyof typeof PEOPLE = 'engineer', options?: BrowserContextOptions) {
  const storageState = kept.get(person);
  const page = await browser.page({ ...options, ...(storageState === undefined ? {} : { storageState }) });
  await page.goto(stack.page);
  if (storageState !== undefined) return page;
  await page.getByRole('link', { name: /sign in/i }).click();
  await page.getByRole('link', { name: PEOPLE[person].label }).click();
  await page.waitForURL(stack.page);
  kept.set(person, await page.context().storageState());
  return page;
}

test('a person signs in and out, and is not signed in again until they say so', async () => {
  const page = await signedIn();
  expect(await page.content()).toContain('ann');
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual(['__Host-sts-renewal', '__Host-sts-session']);
  for (const cookie of cookies)
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
  expect(await page.evaluate('document.cookie')).toBe('');
  await page.getByRole('button', { name: /sign out/i }).click();
  await page.getByText('You are signed out').waitFor();
  expect(await page.context().cookies(stack.page)).toEqual([]);
});

test('another site can neither send a form of a signed-in person nor frame the page', async () => {
  const page = await signedIn();
  const csrf = await page.locator('input[name=csrf]').first().getAttribute('value');
  served = `<!doctype html><iframe src="${stack.page}"></iframe>
    <form method="post" action="${stack.page}/sign-out"><input name="csrf" value="${csrf}"><button>Win</button></form>`;
  await page.goto(evil.url);
  const framed = page.frames().find((frame) => frame.parentFrame() !== null);
  expect(await framed?.content()).not.toContain('ann');
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith('/ui/sign-out')),
    page.getByRole('button', { name: 'Win' }).click(),
  ]);
  expect(answer.status()).toBe(403);
  await page.waitForURL('**/ui/sign-out');
  // Not even where the other site hides who it is.
  served = `<!doctype html><meta name="referrer" content="no-referrer"><iframe sandbox="allow-forms allow-scripts allow-top-navigation" srcdoc='
    <form method="post" target="_top" action="${stack.page}/sign-out"><input name="csrf" value="${csrf}"></form>
    <script>document.forms[0].submit()</script>'></iframe>`;
  const [hidden] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith('/ui/sign-out')),
    page.goto(evil.url),
  ]);
  await page.waitForURL('**/ui/sign-out');
  expect([await hidden.request().headerValue('origin'), hidden.status()]).toEqual(['null', 403]);
  await page.goto(stack.page);
  expect(await page.content()).toContain('ann');
});

const write = async (token: string) => {
  const address = `${stack.influx}/api/v3/write_lp?db=ci_metrics`;
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(address, { method: 'POST', headers, body: 'build,job=ui seconds=1' })).status;
};

test('a person gets a token, copies it, writes with it, sees it listed, and ends it', async () => {
  const page = await signedIn();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  expect(await violationsOf(page)).toEqual([]);
  const button = page.getByRole('button', { name: 'Get the token' });
  expect(await button.isDisabled()).toBe(true);
  await page.getByRole('checkbox', { name: 'write ci_metrics' }).check();
  await page.getByRole('radio', { name: '15 min' }).check();
  await page
    .locator('.sentence', { hasText: /^write-only on ci_metrics, until \d\d:\d\d, by rule engineers$/ })
    .waitFor();
  await button.click();
  await page.getByRole('button', { name: 'Copy the token' }).click();
  await page.getByRole('status').getByText('The token is copied.').waitFor();
  const token = await page.evaluate('navigator.clipboard.readText()');
  expect(token).toMatch(/^apiv3_[\w-]+$/);
  expect([page.url(), await write(String(token))]).toEqual([`${stack.page}/token`, 204]);
  expect(await violationsOf(page)).toEqual([]);
  // Of tabs only the chosen one is shown, and the arrow keys choose.
  await page.getByRole('radio', { name: 'Environment' }).focus();
  for (const _ of ['influxdb3', 'curl', 'Python']) await page.keyboard.press('ArrowRight');
  expect(await page.locator('.panel:visible').innerText()).toMatch(/^# pip install influxdb3-python/);
  await page.goto(stack.page);
  await page.getByText('15 min left').waitFor();
  await page.getByRole('button', { name: 'Revoke: write-only on ci_metrics' }).click();
  await page.getByText('The token is revoked.').waitFor();
  await page.getByText('revoked by you').waitFor();
  expect(await violationsOf(page)).toEqual([]);
  expect(await write(String(token))).toBe(401);
  // The way back leads over the page that showed the token, and no browser has kept that: its form would have to be sent again.
  await page.goBack();
  await expect(page.goBack()).rejects.toThrow('ERR_CACHE_MISS');
});

test('a person whom no rule admits sees the condition that failed, and copies what to send', async () => {
  const page = await signedIn('stranger');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByText('Nothing is open to you').waitFor();
  const [first] = await page.locator('.tree').first().locator('ul > li').allInnerTexts();
  expect(first).toMatch(
    /^fails\s+email is "sam@elsewhere\.example", but the rule wants something like "\*@acme\.example"$/,
  );
  await page.getByRole('button', { name: 'Copy the text' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^I am .*sam.*, and I need a token/);
  expect(await violationsOf(page)).toEqual([]);
});

test('without a script the next page says the sentence that a script says while the form is filled in', async () => {
  const sentences: string[] = [];
  for (const javaScriptEnabled of [true, false]) {
    const page = await signedIn('engineer', { javaScriptEnabled, timezoneId: 'UTC', locale: 'de-DE' });
    await page.getByRole('checkbox', { name: 'read ci_metrics' }).check();
    await page.getByRole('checkbox', { name: 'write ci_metrics' }).check();
    await page.getByLabel('A database like plant_*').fill('plant_lyon');
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click();
    sentences.push((await page.locator('.sentence').innerText()).replace(/\d\d:\d\d( UTC)?/, 'then'));
    await page.getByRole('button', { name: 'Get the token' }).click();
    expect(await page.locator('#token').innerText()).toMatch(/^apiv3_/);
  }
  const said = 'read and write on ci_metrics; read-only on plant_lyon, until then, by rule engineers';
  expect(sentences).toEqual([said, said]);
});
