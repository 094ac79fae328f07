// Where to paste a token: lines for the clients and tools of InfluxDB, each of which works as it stands while the token lives. Only those
// that the token is good for: nobody is shown how to write with a token that reads. No I/O.

import type { DatabaseToken } from '../../influx/mint.ts';
import { parseRequested } from '../../policy/language/permission.ts';

export interface Snippet {
  readonly title: string;
  readonly text: string;
}

interface Use {
  readonly url: string;
  readonly token: string;
  readonly database: string;
  readonly reads: boolean;
  readonly writes: boolean;
}

/** For a token of every database, and to be replaced. */
const ANY_DATABASE = 'DATABASE';
const POINT = 'weather,city=Berlin temperature=21.5';
const SQL = 'SHOW TABLES';

export function snippetsFor({
  url,
  token,
  permissions,
}: Pick<DatabaseToken, 'url' | 'token' | 'permissions'>): readonly Snippet[] {
  const triples = permissions.flatMap((text) => {
    const parsed = parseRequested(text);
    return parsed.ok ? parsed.value : [];
  });
  const [first] = triples.filter(({ type }) => type === 'db');
  if (first === undefined) return triples.slice(0, 1).map(({ name }) => probe(url, token, name));
  const may = (action: string) =>
    triples.some((one) => one.type === 'db' && one.name === first.name && one.action === action);
  const database = first.name === '*' ? ANY_DATABASE : first.name;
  const use = { url, token, database, reads: may('read'), writes: may('write') };
  const snippets = [environment(use), command(use), curl(use), python(use), javascript(use), go(use)];
  return [...snippets, ...(use.writes ? [telegraf(use)] : []), ...(use.reads ? [grafana(use)] : [])].filter(
    ({ text }) => text !== '',
  );
}

/** The lines that apply, without those that do not. */
function lines(...all: readonly (string | false)[]): string {
  return all.filter((line) => line !== false).join('\n');
}

function environment({ url, token, database }: Use): Snippet {
  return {
    title: 'Environment',
    text: lines(
      `export INFLUX_HOST='${url}'`,
      `export INFLUX_TOKEN='${token}'`,
      `export INFLUX_DATABASE='${database}'`,
    ),
  };
}

function command({ url, token, database, reads, writes }: Use): Snippet {
  return {
    title: 'influxdb3',
    text: lines(
      `export INFLUXDB3_HOST_URL='${url}'`,
      `export INFLUXDB3_AUTH_TOKEN='${token}'`,
      `export INFLUXDB3_DATABASE_NAME='${database}'`,
      writes && `influxdb3 write '${POINT}'`,
      reads && `influxdb3 query '${SQL}'`,
    ),
  };
}

function curl({ url, token, database, reads, writes }: Use): Snippet {
  return {
    title: 'curl',
    text: lines(
      writes &&
        `curl -sS '${url}/api/v3/write_lp?db=${database}' \\\n  -H 'Authorization: Bearer ${token}' \\\n  --data-binary '${POINT}'`,
      reads &&
        `curl -sS '${url}/api/v3/query_sql' \\\n  -H 'Authorization: Bearer ${token}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify({ db: database, q: SQL, format: 'json' })}'`,
    ),
  };
}

function python({ url, token, database, reads, writes }: Use): Snippet {
  return {
    title: 'Python',
    text: lines(
      '# pip install influxdb3-python',
      'from influxdb_client_3 import InfluxDBClient3',
      '',
      'client = InfluxDBClient3(',
      `    host="${url}",`,
      `    database="${database}",`,
      `    token="${token}",`,
      ')',
      writes && `client.write("${POINT}")`,
      reads && `print(client.query("${SQL}").to_pylist())`,
      'client.close()',
    ),
  };
}

function javascript({ url, token, database, reads, writes }: Use): Snippet {
  return {
    title: 'JavaScript',
    text: lines(
      '// npm install @influxdata/influxdb3-client',
      "import { InfluxDBClient } from '@influxdata/influxdb3-client';",
      '',
      'const client = new InfluxDBClient({',
      `  host: '${url}',`,
      `  database: '${database}',`,
      `  token: '${token}',`,
      '});',
      writes && `await client.write('${POINT}');`,
      reads && `for await (const row of client.query('${SQL}')) console.log(row);`,
      'await client.close();',
    ),
  };
}

function go({ url, token, database, reads, writes }: Use): Snippet {
  return {
    title: 'Go',
    text: lines(
      '// go get github.com/InfluxCommunity/influxdb3-go/v2',
      'package main',
      '',
      'import (',
      '\t"context"',
      reads && '\t"fmt"',
      '\t"log"',
      '',
      '\t"github.com/InfluxCommunity/influxdb3-go/v2/influxdb3"',
      ')',
      '',
      'func main() {',
      '\tclient, err := influxdb3.New(influxdb3.ClientConfig{',
      `\t\tHost:     "${url}",`,
      `\t\tDatabase: "${database}",`,
      `\t\tToken:    "${token}",`,
      '\t})',
      '\tif err != nil {',
      '\t\tlog.Fatal(err)',
      '\t}',
      '\tdefer client.Close()',
      writes &&
        `\tif err := client.Write(context.Background(), []byte("${POINT}")); err != nil {\n\t\tlog.Fatal(err)\n\t}`,
      reads &&
        `\trows, err := client.Query(context.Background(), "${SQL}")\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}`,
      reads && '\tfor rows.Next() {\n\t\tfmt.Println(rows.Value())\n\t}',
      '}',
    ),
  };
}

function telegraf({ url, token, database }: Use): Snippet {
  return {
    title: 'Telegraf',
    text: lines(
      '[[outputs.influxdb_v2]]',
      `  urls = ["${url}"]`,
      `  token = "${token}"`,
      '  organization = ""',
      `  bucket = "${database}"`,
    ),
  };
}

function grafana({ url, token, database }: Use): Snippet {
  return {
    title: 'Grafana',
    text: lines(
      'apiVersion: 1',
      'datasources:',
      `  - name: ${database}, for a while`,
      '    type: influxdb',
      '    access: proxy',
      `    url: ${url}`,
      '    jsonData:',
      '      version: SQL',
      `      dbName: ${database}`,
      '      httpMode: POST',
      url.startsWith('http:') && '      insecureGrpc: true',
      '    secureJsonData:',
      `      token: ${token}`,
    ),
  };
}

/** A token for the server's probes has no database to ask. */
function probe(url: string, token: string, name: string): Snippet {
  return { title: 'curl', text: `curl -sS '${url}/${name}' -H 'Authorization: Bearer ${token}'` };
}
