// Makes the OpenAPI 3.1 document of the operations, from the schemas with which the service checks requests and answers. In the built Worker
// the document itself stands in the place of this file (`build/worker.ts`). Kept by hand on purpose: a generator would save only the few lines
// that are not content. No I/O.

import type { Answer, Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { describeRefusals, refusalSchemas } from './refusals.ts';
import {
  type DocumentedOperation,
  type DocumentedResponse,
  headersOf,
  named,
  type OpenApiDocument,
  type Parameter,
  reference,
  toJsonSchema,
} from './schemas.ts';

/** The version of the contract, not of the software: a client that was made for it works until it changes. */
const CONTRACT_VERSION = '1';

const DESCRIPTION = `\
A security token service for InfluxDB 3 Enterprise: an OIDC token in, a short-lived database token out.

Every answer carries \`x-request-id\` and \`Cache-Control: no-store\`. A refusal is a problem of RFC 9457, on the OAuth endpoints an error of \
RFC 6749. Both hold the \`reason\` for programs, a text that says what to change, and whether asking again may help.

At each address below, a method that is not listed is answered with 405 and \`method_not_allowed\`, and \`Allow\` names the right \
ones. Every other address is answered with 404 and \`not_found\`. While a setting of the service is missing, \`misconfigured\` comes first. \
A credential is read only from the place that the operation names, and never from a cookie or the query, so a page of any origin may \
call (CORS).`;

/** Nothing of a policy or of a request is in it, so that it is made once. */
let made: OpenApiDocument | null = null;

export function apiDocument(): OpenApiDocument {
  made ??= createDocument();
  return made;
}

function createDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
  }
  const requests = OPERATIONS.flatMap(({ body }) => (body === undefined ? [] : [body]));
  const answers = OPERATIONS.flatMap((operation) => operation.answers.flatMap(({ body }) => body ?? []));
  return {
    openapi: '3.1.0',
    info: { title: 'influx-sts', version: CONTRACT_VERSION, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Tokens', description: 'The JSON API.' },
      { name: 'Switches', description: 'What stops a token from being made, for operators and the owners of rules.' },
      { name: 'OAuth', description: 'The same exchange for standard OAuth libraries.' },
      { name: 'Audit', description: 'The durable record of what was given, refused and revoked.' },
      { name: 'Service', description: 'About the service itself. No credential is needed.' },
    ],
    paths,
    components: {
      schemas: {
        ...named(requests, 'input'),
        ...named([...answers, ...refusalSchemas(OPERATIONS)], 'output'),
      },
      securitySchemes: {
        subjectToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An OIDC token of an issuer that the policy trusts, for the audience that the metadata names.',
        },
        lease: {
          type: 'http',
          scheme: 'bearer',
          description: 'What came with a database token: it opens the revocation of that token and nothing else.',
        },
      },
    },
  };
}

function describeOperation(operation: Operation): DocumentedOperation {
  const { bearer, bearerOptional = false, body } = operation;
  const security = bearer.map((scheme) => ({ [scheme]: [] }));
  const content = body && { [body.type]: { schema: reference(body.name), example: body.example } };
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.description,
    security: bearerOptional ? [{}, ...security] : security,
    parameters: describeParameters(operation),
    ...(body === undefined || content === undefined ? {} : { requestBody: { required: body.required, content } }),
    responses: Object.fromEntries([
      ...operation.answers.map((answer) => [answer.status, describeAnswer(answer)]),
      ...describeRefusals(operation),
    ]),
  };
}

function describeParameters({ pathParameters = {}, query }: Operation): Parameter[] {
  const inPath = Object.entries(pathParameters).map(
    ([name, description]): Parameter => ({
      name,
      in: 'path',
      required: true,
      description,
      schema: { type: 'string' },
    }),
  );
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, field]): Parameter => {
    const { description = '', ...schema } = toJsonSchema(field, 'input');
    return { name, in: 'query', required: false, description: String(description), schema };
  });
  return [...inPath, ...inQuery];
}

function describeAnswer({ status, description, body }: Answer): DocumentedResponse {
  const headers = headersOf(status, false);
  if (body === undefined) return { description, headers };
  const example = body.example === undefined ? {} : { example: body.example };
  return { description, headers, content: { [body.type]: { schema: reference(body.name), ...example } } };
}
