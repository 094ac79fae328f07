// Every page in both themes, on a desk and on a phone: what axe-core finds, what is wider than the screen, and a picture of each in
// `dist/screenshots` for people to look at. No picture is compared with another.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PEOPLE } from '../../demo/people.ts';
import { useBrowser } from '../browser.ts';
import type { Addresses } from '../stack.ts';
import { violationsOf } from './axe.ts';
import { type PageStack, startPageStack } from './page-stack.ts';

const PICTURES = join(import.meta.dirname, '../../dist/screenshots');
const POLICY = ({ issuer, influx }: Addresses): string => `
audience: https://sts.example.com
issuers:
  people: { issuer: "${issuer}/people", audience: page, login: { page: { client_id: page, client_secret: LOGIN_CLIENT_SECRET, scope: openid email } } }
instances:
  main: { url: "${influx}", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: engineers
    issuer: people
    when: { email: { like: "*@acme.example" } }
    allow: ["db:prod,iot:read", "db:scratch_*:read,write"]
    ttl: { default: 1h, max: 8h }
  - name: on-call
    issuer: people
    when: { email: { like: "*@acme.example" } }
    allow: ["db:prod:read,write,delete", "system:health,metrics:read"]
    ttl: { default: 15m, max: 1h }
  - name: analysts
    issuer: people
    when: { email: { like: "*@data.example" }, email_verified: true }
    allow: ["db:iot:read"]
    ttl: 8h
  - name: operators
    issuer: people
    when: { email: olga@acme.example }
    roles: [operator]
`;
const DATABASES = ['prod', 'iot', 'scratch_ann', 'scratch_berlin', 'payroll'];

const browser = useBrowser();
let stack: PageStack;
beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  stack = await startPageStack(POLICY);
  for (const name of DATABASES) stack.influxdb.createDatabase(name);
});
afterAll(() => stack.stop());

async function signedIn(person: keyof typeof PEOPLE, options: BrowserContextOptions): Promise<Page> {
  const page = await browser.page(options);
  await page.goto(stack.page);
  await page.getByRole('link', { name: /sign in/i }).click();
  await page.getByRole('link', { name: PEOPLE[person].label }).click();
  await page.waitForURL(stack.page);
  return page;
}

const THEMES = ['light', 'dark'] as const;
const WIDTHS = { desk: 1200, phone: 390 } as const;
const looks = THEMES.flatMap((theme) => Object.entries(WIDTHS).map(([size, width]) => [theme, size, width] as const));

test.each(looks)('every page, %s, %s', async (theme, size, width) => {
  const options = { colorScheme: theme, viewport: { width, height: 860 }, timezoneId: 'Europe/Berlin' };
  const faults: string[] = [];
  const look = async (page: Page, name: string) => {
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    if (overflow !== 0) faults.push(`${name} is ${overflow} pixels too wide`);
    faults.push(...(await violationsOf(page)).map((violation) => `${name}: ${violation}`));
    await page.screenshot({ path: join(PICTURES, `${name}-${theme}-${size}.png`), fullPage: true });
  };

  const visitor = await browser.page(options);
  await visitor.goto(stack.page);
  await look(visitor, 'sign-in');
  await visitor.goto(stack.page.replace(/\/ui$/, '/docs'));
  await look(visitor, 'docs');

  const ann = await signedIn('engineer', options);
  const form = ann.locator('form[data-rule=engineers]');
  await form.getByRole('checkbox', { name: 'read prod' }).check();
  await form.getByLabel('A database like scratch_*').fill('scratch_ann');
  await form.getByRole('checkbox', { name: 'write', exact: true }).check();
  await look(ann, 'form');
  const [given] = await Promise.all([
    ann.waitForResponse((response) => response.url().endsWith('/ui/token')),
    form.getByRole('button', { name: 'Get the token' }).click(),
  ]);
  await ann.locator('#token').waitFor();
  await look(ann, 'token');
  await ann.getByText('Python', { exact: true }).click();
  await look(ann, 'token-python');
  await ann.goto(stack.page);
  await look(ann, 'live');
  await ann
    .getByRole('button', { name: /^Revoke/ })
    .first()
    .click();
  await ann.getByText('revoked by you').first().waitFor();
  await look(ann, 'ended');
  await ann.locator('details.claims summary').click();
  await look(ann, 'claims');
  await ann.goto(`${stack.page}/decisions`);
  await look(ann, 'decisions');
  await ann.getByLabel('Request id or subject token').fill('not a token');
  await ann.getByRole('button', { name: 'Look it up' }).click();
  await ann.getByRole('alert').waitFor();
  await look(ann, 'decisions-problem');
  await ann.goto(`${stack.page}/nowhere`);
  await look(ann, 'nowhere');
  await ann.getByRole('button', { name: 'Sign out' }).click();
  await look(ann, 'signed-out');

  const olga = await signedIn('operator', options);
  await olga.goto(`${stack.page}/decisions`);
  await olga.getByLabel('Request id or subject token').fill((await given.headerValue('x-request-id'))!);
  await olga.getByRole('button', { name: 'Look it up' }).click();
  await olga.getByRole('heading', { name: 'It was granted' }).waitFor();
  await olga.getByText('As it is kept').first().click();
  await look(olga, 'decision-of-request');

  const sam = await signedIn('stranger', options);
  await look(sam, 'refused');

  const plain = await signedIn('engineer', { ...options, javaScriptEnabled: false });
  await plain.getByRole('checkbox', { name: 'read iot' }).check();
  await plain.screenshot({ path: join(PICTURES, `form-without-script-${theme}-${size}.png`), fullPage: true });
  await plain.getByRole('button', { name: 'Continue' }).first().click();
  await plain.screenshot({ path: join(PICTURES, `review-without-script-${theme}-${size}.png`), fullPage: true });
  expect(faults).toEqual([]);
});
