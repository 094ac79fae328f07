// Signing in and out in a real browser, and what only a real browser can show: which cookies it keeps and sends, whose forms it lets
// through, and what it refuses to frame.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { PEOPLE } from '../../demo/people.ts';
import { useBrowser } from '../browser.ts';
import { type Listener, listen } from '../emulator/listen.ts';
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

async function signedIn() {
  const page = await browser.page();
  await page.goto(stack.page);
  await page.getByRole('link', { name: /sign in/i }).click();
  await page.getByRole('link', { name: PEOPLE.engineer.label }).click();
  await page.waitForURL(stack.page);
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
