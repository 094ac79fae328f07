// The page as a whole: contents on the left, then the introduction, each operation, each reason. Made of the document alone.
// Kept by hand on purpose: it needs no script, so its policy can forbid them all.

import { raw } from 'hono/html';
import { Mark } from '../../web/look/mark.tsx';
import { Prose } from '../../web/look/prose.tsx';
import type { OpenApiDocument } from '../openapi/schemas.ts';
import { Callers } from './callers.tsx';
import { type Entry, OperationSection } from './operation.tsx';
import { Reasons } from './reasons.tsx';
import { STYLE } from './style.ts';

export function Page({ document }: { readonly document: OpenApiDocument }) {
  const entries = entriesOf(document);
  const [lead, ...rest] = document.info.description.split('\n\n');
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${document.info.title} API`}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the operations
        </a>
        <Contents document={document} entries={entries} />
        <main id="main">
          <header class="intro">
            <h1>{document.info.title}</h1>
            <Prose text={lead!} />
            <Line />
            <Callers />
            <h2>Every answer</h2>
            <Prose text={rest.join('\n\n')} />
            <p class="meta">
              API version {document.info.version}, in <a href="/openapi.json">OpenAPI {document.openapi}</a>. The
              examples are for a shell in which <code>STS</code> holds the address of this service.
            </p>
          </header>
          {document.tags.map(({ name, description }) => (
            <section class="tag">
              <h2 id={name.toLowerCase()}>{name}</h2>
              <Prose text={description} />
              {entries
                .filter(({ operation }) => operation.tags.includes(name))
                .map((entry) => (
                  <OperationSection document={document} entry={entry} />
                ))}
            </section>
          ))}
          <section class="tag">
            <h2 id="reasons">Reasons</h2>
            <p>Why a request may be refused, and what to do about it. The code is that of the OAuth endpoints.</p>
            <Reasons document={document} />
          </section>
        </main>
      </body>
    </html>
  );
}

function Contents({ document, entries }: { readonly document: OpenApiDocument; readonly entries: readonly Entry[] }) {
  return (
    <nav aria-label="Contents">
      <a class="brand" href="#main">
        <Mark />
        {document.info.title}
      </a>
      <details class="contents">
        <summary>Contents</summary>
        <ul>
          <li>
            <a href="/ui">The page for people</a>
          </li>
          <li>
            <a href="#three-lines">A token in three lines</a>
          </li>
        </ul>
        {document.tags.map(({ name }) => (
          <>
            <a class="group" href={`#${name.toLowerCase()}`}>
              {name}
            </a>
            <ul>
              {entries
                .filter(({ operation }) => operation.tags.includes(name))
                .map(({ method, path, operation }) => (
                  <li>
                    <a href={`#${operation.operationId}`} title={operation.summary}>
                      <span class={`method ${method}`}>{method}</span>
                      <span class="path">{path}</span>
                    </a>
                  </li>
                ))}
            </ul>
          </>
        ))}
        <a class="group" href="#reasons">
          Reasons
        </a>
        <ul>
          <li>
            <a href="#reasons">Why a request is refused</a>
          </li>
        </ul>
      </details>
    </nav>
  );
}

/** What happens to each request for a token. */
function Line() {
  const steps = [
    ['verify', 'who asks'],
    ['decide', 'by the policy'],
    ['admit', 'once, on record'],
    ['mint', 'in InfluxDB'],
    ['record', 'one audit line'],
  ];
  return (
    <ol class="line" aria-label="What happens to a request">
      {steps.map(([verb, object]) => (
        <li>
          <strong>{verb}</strong> {object}
        </li>
      ))}
    </ol>
  );
}

function entriesOf({ paths }: OpenApiDocument): readonly Entry[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
}
