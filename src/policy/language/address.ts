// Which addresses a policy may name: https with a public host; in development builds also http on the loopback interface. No I/O.

/** What is wrong with an address, in words, or null. One that is only compared and never fetched may be private. */
export function addressProblem(address: string, development: boolean, fetched = true): string | null {
  if (!URL.canParse(address)) return 'it is not an address';
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return 'it holds a user name or password';
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(address)) return 'it holds a query or a fragment';
  // A last dot names the root of the DNS and changes nothing.
  const hostname = url.hostname.replace(/\.$/, '');
  const loopback = isLoopback(hostname);
  if (url.protocol === 'http:') {
    if (!loopback) return 'it is not https';
    return development ? null : 'http on the loopback interface is for development builds only';
  }
  if (url.protocol !== 'https:') return 'it is not https';
  if (!fetched || (development && loopback)) return null;
  return loopback || isPrivate(hostname) ? 'its host is a private address' : null;
}

/** What is wrong with the bare name of a host that is reached by https, in words, or null. */
export function hostProblem(host: string, development: boolean): string | null {
  const address = `https://${host}`;
  if (!URL.canParse(address) || new URL(address).host !== host) return 'it is no host alone, as an address has it';
  return addressProblem(address, development);
}

/** RFC 6761 section 6.3 keeps every name under `localhost` on the loopback interface. */
function isLoopback(hostname: string): boolean {
  return /^(.*\.)?localhost$/.test(hostname) || hostname === '[::1]' || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(hostname);
}

/**
 * RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291; in RFC 4291 section 2.5.5 and RFC 6052 an IPv4 address hides in one of IPv6. RFC 6762
 * keeps `local` on the link, ICANN `internal` in private networks. `URL` has already brought every spelling into one form.
 */
function isPrivate(hostname: string): boolean {
  return (
    /^(0|10)\.[0-9.]+$/.test(hostname) ||
    /^(169\.254|192\.168)\.[0-9.]+$/.test(hostname) ||
    /^172\.(1[6-9]|2[0-9]|3[01])\.[0-9.]+$/.test(hostname) ||
    /^100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.[0-9.]+$/.test(hostname) ||
    /^\[(::|64:ff9b:|f[cd]|fe[89ab]).*\]$/.test(hostname) ||
    /(^|\.)(internal|local)$/.test(hostname)
  );
}
