// Proxies that the environment names, as curl and others read it (HTTPS_PROXY, HTTP_PROXY, NO_PROXY): Node takes them only when it is
// told to, and old versions not at all. It changes nothing for a program that has not asked for that.

import { processVariables } from './subject-token.ts';

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  readonly execArgv?: readonly string[];
  readonly getBuiltinModule?: (name: string) => unknown;
}

type Variables = Readonly<Record<string, string | undefined>>;

const nodeProcess = (): NodeProcess => (globalThis as { process?: NodeProcess }).process ?? {};

let used = false;

/**
 * From here on all requests of this process go through the proxies of the environment. Returns what is wrong with them, or null.
 * Where Node cannot do it, an error of the network says what to do: `unusedProxy`.
 */
export function useProxies(variables: Variables = processVariables()): string | null {
  const named = ['https', 'http'].flatMap((scheme) => proxyFor(scheme, variables) ?? []);
  const [first] = named;
  const http = nodeProcess().getBuiltinModule?.('node:http') as { setGlobalProxyFromEnv?: () => void } | undefined;
  if (first === undefined || http?.setGlobalProxyFromEnv === undefined) return null;
  const unsound = named.find(({ address }) => !/^https?:\/\/[^/]/i.test(address) || !URL.canParse(address));
  if (unsound !== undefined) return `${unsound.variable} is no address such as http://proxy.example.com:3128`;
  http.setGlobalProxyFromEnv();
  used = true;
  return null;
}

/** The proxy that the environment names for this address and that Node does not use, in words that say what to do; else null. */
export function unusedProxy(
  url: string,
  variables: Variables = processVariables(),
  { versions, execArgv = [] }: NodeProcess = nodeProcess(),
): string | null {
  const node = versions?.node;
  const { protocol, hostname } = new URL(url);
  const named = proxyFor(protocol.slice(0, -1), variables);
  if (node === undefined || named === null || used || isExcepted(hostname, variables)) return null;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const able = major >= 24 || (major === 22 && minor >= 21);
  if (!able)
    return `${named.variable} is set, but Node ${node} cannot use it: take Node 24, and set NODE_USE_ENV_PROXY=1`;
  if (variables.NODE_USE_ENV_PROXY === '1' || execArgv.includes('--use-env-proxy')) return null;
  return `${named.variable} is set, but Node uses it only with NODE_USE_ENV_PROXY=1`;
}

/** The spelling in lower case counts first, as everywhere. */
function proxyFor(scheme: string, variables: Variables) {
  const variable = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].find((name) => (variables[name] ?? '') !== '');
  return variable === undefined ? null : { variable, address: variables[variable]! };
}

function isExcepted(hostname: string, variables: Variables): boolean {
  const list = variables.no_proxy ?? variables.NO_PROXY ?? '';
  return list
    .split(/[\s,]+/)
    .map((entry) => entry.replace(/:\d+$/, '').replace(/^\*?\./, ''))
    .some((entry) => entry === '*' || (entry !== '' && (hostname === entry || hostname.endsWith(`.${entry}`))));
}
