// Where a person goes on after signing in. Only pages of ours are ever an answer, whatever the address says. No I/O.

export const HOME = '/ui';

/** Longer ones are nobody's page. */
const MAX_LENGTH = 1024;
/** Going on there would begin the same journey again. */
const JOURNEY = /^\/ui\/(sign-in|sign-out|renew|callback)(\/|$)/;

/** The path and query that `next` names, if it is one of the pages; else the first page. */
export function localPath(next: string | undefined): string {
  if (next === undefined || !/^\/ui(?![^/?])/.test(next)) return HOME;
  const here = 'https://here.invalid';
  if (!URL.canParse(next, here)) return HOME;
  const { origin, pathname, search } = new URL(next, here);
  // As the browser will read it: dots, backslashes and escapes may have led elsewhere.
  const inside = pathname === HOME || pathname.startsWith(`${HOME}/`);
  // No page has an escape in its path, and routers read some of them as letters. Escapes make a query longer.
  const plain = !/%|\/\//.test(pathname) && !JOURNEY.test(pathname);
  const path = pathname + search;
  return origin === here && inside && plain && path.length <= MAX_LENGTH ? path : HOME;
}
