// One operation: how to call it, what it takes, what it answers, and why it may refuse.
// It only renders the document and never adds to it.

import { isJsonObject } from '../../foundation/json.ts';
import { Inline, Prose } from '../../web/look/prose.tsx';
import type { Content, DocumentedOperation, DocumentedResponse, Json, OpenApiDocument } from '../openapi/schemas.ts';
import { curlOf } from './curl.ts';
import { type Field, Fields, fieldsOf } from './fields.tsx';

export interface Entry {
  readonly path: string;
  readonly method: string;
  readonly operation: DocumentedOperation;
}

export function OperationSection({ document, entry }: { readonly document: OpenApiDocument; readonly entry: Entry }) {
  const { path, method, operation } = entry;
  const responses = Object.entries(operation.responses);
  const answers = responses.filter(([, response]) => response['x-reasons'] === undefined);
  const refusals = responses.filter(([, response]) => response['x-reasons'] !== undefined);
  return (
    <article id={operation.operationId}>
      <h3>
        <span class={`method ${method}`}>{method}</span> <span class="path">{path}</span>
        <a class="anchor" href={`#${operation.operationId}`} aria-label={`Link to ${operation.summary}`}>
          #
        </a>
      </h3>
      <p class="summary">{operation.summary}</p>
      <Prose text={operation.description} />
      <Credential operation={operation} />
      <pre class="call">
        <code>{curlOf(path, method, operation)}</code>
      </pre>
      <Fields
        title="Parameters"
        fields={operation.parameters.map((one): Field => ({ ...one, note: one.description }))}
      />
      <Fields title="Body" fields={bodyFields(document, operation.requestBody?.content)} />
      {answers.map(([status, response]) => (
        <Answer document={document} status={status} response={response} />
      ))}
      <Refusals refusals={refusals} />
    </article>
  );
}

function Credential({ operation }: { readonly operation: DocumentedOperation }) {
  const schemes = operation.security.flatMap((one) => Object.keys(one));
  if (schemes.length === 0) return null;
  const words = schemes.map((scheme) => (scheme === 'lease' ? 'the lease' : 'a subject token')).join(', or ');
  const optional = operation.security.some((one) => Object.keys(one).length === 0);
  return (
    <p class="credential">
      <code>Authorization: Bearer</code> with {words}
      {optional ? ', if there is one' : ''}.
    </p>
  );
}

function Answer({
  document,
  status,
  response,
}: {
  readonly document: OpenApiDocument;
  readonly status: string;
  readonly response: DocumentedResponse;
}) {
  const [content] = Object.values(response.content ?? {});
  return (
    <div class="answer">
      <p>
        <span class="status good">{status}</span> <Inline text={response.description} />
      </p>
      {isJsonObject(content?.example) ? (
        <pre>
          <code>{JSON.stringify(content.example, null, 2)}</code>
        </pre>
      ) : null}
      {content === undefined ? null : <Fields title="Answer" fields={answerFields(document, content.schema)} />}
    </div>
  );
}

function Refusals({ refusals }: { readonly refusals: readonly [string, DocumentedResponse][] }) {
  if (refusals.length === 0) return null;
  return (
    <details>
      <summary>Refusals</summary>
      <ul class="refusals">
        {refusals.map(([status, response]) => (
          <li>
            <span class="status">{status}</span>
            {(response['x-reasons'] ?? []).map((reason) => (
              <a href={`#${reason}`}>{reason}</a>
            ))}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The fields of an answer are not marked as required, because an answer always has them. */
function answerFields(document: OpenApiDocument, schema: Json): readonly Field[] {
  return fieldsOf(document, schema).map((field) => ({ ...field, required: false }));
}

function bodyFields(document: OpenApiDocument, content: Content | undefined): readonly Field[] {
  const [body] = Object.values(content ?? {});
  return body === undefined ? [] : fieldsOf(document, body.schema);
}
