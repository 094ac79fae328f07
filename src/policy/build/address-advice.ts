// What to write in place of an address that cannot be used. No I/O.

/** @param problem as `addressProblem` words it */
export function addressAdvice(address: string, problem: string): string {
  if (problem.includes('development')) {
    return 'write its https address; for local running pass --development, as "wrangler dev" does by itself';
  }
  if (problem.includes('bare IP')) return 'write a name that leads to it, such as https://influxdb.example.com:8181';
  if (problem.includes('private')) return 'write a name that is reachable from the internet, such as that of a tunnel';
  const host =
    /^(?:[a-z][a-z0-9+.-]*:\/\/|\/\/)?([^\s/?#@]+@)?([\w.-]+\.[a-z]{2,}|\[[0-9a-f:]+\]|[\w-]+)(:\d+)?(\/[^\s?#]*)?/i.exec(
      address.trim(),
    );
  const [, , name, port = '', path = ''] = host ?? [];
  return name === undefined
    ? 'write an address such as https://influxdb.example.com:8181'
    : `write https://${name}${port}${path}`;
}
