// `npm start`: the same stack as the demo's, kept running on fixed ports, with commands to paste. Ctrl-C ends it and
// all that it started. It is for trying things out on one machine: the issuer signs for anyone who asks.

import { type Ports, portsOf } from './ports.ts';
import { DATABASES, type Stack, startStack } from './stack.ts';

/** How often it checks that its parent process is still alive. */
const ORPHAN_CHECK_MS = 500;

const building = new AbortController();
/** workerd is killed when this process exits, and everything else runs in this process. Being stopped is not a failure. */
function leave(): never {
  building.abort();
  console.log('\nStopped.');
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
// A signal to npm alone ends npm and its shell, and never arrives here.
const parent = process.ppid;
setInterval(() => process.ppid === parent || leave(), ORPHAN_CHECK_MS).unref();

const ports = portsOf(process.argv.slice(2));
if (ports === null) {
  console.error('Usage: npm start -- [--ports SERVICE,INFLUXDB,ISSUER]   0 is any free port');
  process.exit(2);
}
try {
  console.log('Starting ...');
  const stack = await startStack({
    ports,
    signal: building.signal,
    onLog: (line) => console.log(line),
  });
  console.log(welcome(stack));
} catch (error) {
  console.error(`influx-sts could not start: ${explain(error as Failure, ports)}`);
  process.exit(1);
}

type Failure = NodeJS.ErrnoException & { readonly port?: number };

function explain(error: Failure, { service, influx, issuer }: Ports): string {
  if (error.code !== 'EADDRINUSE') return error.message;
  return `port ${error.port} is taken. It needs the ports ${service}, ${influx} and ${issuer}; stop what listens there, or let it take any that are free: npm start -- --ports 0,0,0`;
}

function welcome({ serviceUrl, influxUrl, issuerUrl }: Stack): string {
  const subject = `SUBJECT=$(curl -s ${issuerUrl}/sign/github)`;
  const vend = `curl -s -X POST ${serviceUrl}/v1/tokens -H "Authorization: Bearer $SUBJECT"`;
  const kept = (field: string) => `node -p "JSON.parse(process.argv[1]).${field}" "$ANSWER"`;
  const write = (database: string) =>
    `curl -s -i "${influxUrl}/api/v3/write_lp?db=${database}" -H "Authorization: Bearer $TOKEN" --data-binary "build,job=unit seconds=41"`;
  return `
  page       ${serviceUrl}/ui   open it, and sign in as an engineer, an operator or a stranger

  service    ${serviceUrl}   the built Worker, in workerd
  InfluxDB   ${influxUrl}   emulated, with the databases ${DATABASES.join(', ')}
  issuer     ${issuerUrl}   emulated; signs for the jobs /sign/github, /sign/branch and /sign/stranger, and for people
  policy     demo/policy.yaml

A subject token, as a CI job gets it from its issuer, and a database token for it:

${subject}
${vend}

A subject token is good for one exchange. The same with a fresh one, kept for the next commands:

${subject}
ANSWER=$(${vend})
TOKEN=$(${kept('token')})

It writes where the policy allows it (204), and nowhere else (403):

${write('ci_metrics')}
${write('production')}

What the job holds now, and how it gives the token back (204):

curl -s ${serviceUrl}/v1/tokens -H "Authorization: Bearer $SUBJECT"
curl -s -i -X DELETE "${serviceUrl}/v1/tokens/$(${kept('name')})" -H "Authorization: Bearer $(${kept('lease')})"

A job on another branch gets none, and is told why:

curl -s -X POST ${serviceUrl}/v1/tokens -H "Authorization: Bearer $(curl -s ${issuerUrl}/sign/branch)"

Ctrl-C stops everything. The service's log follows.
`;
}
