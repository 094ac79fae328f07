// The headers of every answer below /ui, in one place: what a page may load, who may frame it, and that nobody keeps it.

import { createMiddleware } from 'hono/factory';
import { base64url } from 'jose';
import type { Runtime } from '../../foundation/runtime.ts';
import type { UiEnv } from './env.ts';

const NONCE_BYTES = 16;

/**
 * With `no-referrer` a browser would send the origin `null` with our own forms
 * (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
 */
const HEADERS: Readonly<Record<string, string>> = {
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)',
};

/** @param proxyOrigins where a proxy sends a form whose session there is over: browsers hold that redirect to `form-action` too */
export function pageHeaders(runtime: Pick<Runtime, 'random'>, proxyOrigins: readonly string[]) {
  return createMiddleware<UiEnv>(async (c, next) => {
    const nonce = base64url.encode(runtime.random(NONCE_BYTES));
    c.set('nonce', nonce);
    await next();
    const { headers } = c.res;
    headers.set('x-request-id', c.var.receipt.id);
    // Only the style and the script, which are the same for everybody, say otherwise.
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    headers.set('content-security-policy', contentSecurityPolicy(nonce, proxyOrigins));
    for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  });
}

function contentSecurityPolicy(nonce: string, proxyOrigins: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    ["form-action 'self'", ...proxyOrigins].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
