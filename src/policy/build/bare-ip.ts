// An address whose host is a bare IP address: Cloudflare answers a Worker's request there with its error 1003, so nothing comes of it.
// No I/O.

/** In words, or null. Development builds may name the loopback interface, which no Cloudflare stands before. */
export function bareIpProblem(address: string, development: boolean): string | null {
  if (!URL.canParse(address)) return null;
  // `URL` has already brought every spelling of an IP address into one form.
  const hostname = new URL(address).hostname.replace(/\.$/, '');
  const bare = /^\d+\.\d+\.\d+\.\d+$/.test(hostname) || hostname.startsWith('[');
  if (!bare || (development && isLoopback(hostname))) return null;
  return 'its host is a bare IP address, which the platform does not fetch (error 1003); give the server a name';
}

function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || hostname.startsWith('127.');
}
