// A token in three lines, for the callers that there are most of: before anything else, because most readers need nothing else.
// It never shows a line that needs more than what stands beside it.

import { Inline } from '../../web/look/prose.tsx';

interface Caller {
  readonly who: string;
  readonly note: string;
  readonly lines: readonly string[];
}

const CALLERS: readonly Caller[] = [
  {
    who: 'A GitHub Actions job',
    note: 'In a job with `permissions: { id-token: write }`. The token is revoked when the job ends.',
    lines: [
      '- uses: acme/influx-sts@v0.1.0',
      '  with: { url: https://sts.example.com, permissions: "db:ci_metrics:write", export-env: true }',
      '- run: influxdb3 write --file metrics.lp',
    ],
  },
  {
    who: 'A person at a terminal',
    note: 'Signs in once in a browser. Without a terminal, the page for people gives the same token.',
    lines: ['influx-sts login --url "$STS"', `influx-sts exec --url "$STS" -- influxdb3 query 'SHOW TABLES'`],
  },
  {
    who: 'Anything that speaks HTTP',
    note: 'With the OIDC token that it has anyway, in SUBJECT_TOKEN.',
    lines: ['curl -X POST "$STS/v1/tokens" \\', '  -H "Authorization: Bearer $SUBJECT_TOKEN"'],
  },
];

export function Callers() {
  return (
    <section aria-labelledby="three-lines">
      <h2 id="three-lines">A token in three lines</h2>
      <div class="callers">
        {CALLERS.map(({ who, note, lines }) => (
          <div>
            <h3>{who}</h3>
            <p>
              <Inline text={note} />
            </p>
            <pre class="call">
              <code>{lines.join('\n')}</code>
            </pre>
          </div>
        ))}
      </div>
    </section>
  );
}
