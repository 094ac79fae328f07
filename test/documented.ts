// Holds an answer against the document that the service itself serves: the operation, the status, the headers and the body must be ones
// that it tells of. The world does this to every answer of every test.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { DocumentedOperation, DocumentedResponse, OpenApiDocument } from '../src/http/openapi/schemas.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Checker {
  readonly document: OpenApiDocument;
  /** Throws when the answer is not documented. */
  readonly check: (seen: Seen) => void;
}

export function createChecker(document: OpenApiDocument): Checker {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // The two packages disagree about how their default exports are typed.
  (formats as unknown as (on: Ajv2020) => void)(ajv);
  ajv.addSchema(document, 'document');
  const compiled = new Map<string, ValidateFunction>();
  const fits = (pointer: string, body: unknown) => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    compiled.set(pointer, validate);
    return validate(body) ? [] : (validate.errors ?? []);
  };
  const paths = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  }));

  return {
    document,
    check: ({ method, path, status, headers, text }) => {
      const here = `${method} ${path} answered ${status} ${text.slice(0, 300)}`;
      expect(headers.has('x-request-id'), here).toBe(true);
      // A browser that asks before it sends is no caller yet.
      if (method === 'OPTIONS' && status === 204 && headers.has('access-control-allow-methods')) return;
      // Pages for people, and the way to them, are no part of the API.
      if (/^\/ui(\/|$)/.test(pathOf(path)) || (pathOf(path) === '/' && status === 302)) return;
      const template = paths.find(({ pattern }) => pattern.test(pathOf(path)))?.template;
      const body = () => JSON.parse(text) as unknown;
      // What the document says once, of every address, instead of at each.
      if (template === undefined) {
        expect(status, here).toBe(404);
        expect(fits('/components/schemas/NotFoundProblem', body()), here).toEqual([]);
        return;
      }
      const operations = document.paths[template]!;
      const operation = operations[method.toLowerCase()];
      if (operation === undefined) {
        const manner = template.startsWith('/oauth/') ? 'Error' : 'Problem';
        const schema = status === 503 ? `Misconfigured${manner}` : `MethodNotAllowed${manner}`;
        expect(status === 503 || status === 405, here).toBe(true);
        expect(fits(`/components/schemas/${schema}`, body()), here).toEqual([]);
        const allowed = Object.keys(operations).map((one) => one.toUpperCase());
        if (status === 405) expect(headers.get('allow')?.split(', ').sort(), here).toEqual(allowed.sort());
        return;
      }
      const response = operation.responses[status];
      expect(response, `${here}, a status that is not documented`).toBeDefined();
      checkResponse(response!, here);

      function checkResponse(documented: DocumentedResponse, here: string): void {
        for (const name of Object.keys(documented.headers))
          expect(headers.has(name), `${here} without ${name}`).toBe(true);
        const type = headers.get('content-type')?.split(';')[0] ?? null;
        const types = Object.keys(documented.content ?? {});
        if (types.length === 0) {
          expect([type, text], here).toEqual([null, '']);
          return;
        }
        expect(types, here).toContain(type);
        const at = ['paths', template!, method.toLowerCase(), 'responses', String(status), 'content', type!, 'schema'];
        const pointer = at
          .map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
          .join('');
        expect(fits(pointer, type === 'text/html' ? text : body()), here).toEqual([]);
      }
    },
  };
}

/** As the router reads it: escapes of what needs none are taken away, others stay. */
function pathOf(path: string): string {
  const { pathname } = new URL(/^https?:/.test(path) ? path : `http://localhost${path}`);
  try {
    return decodeURI(pathname);
  } catch {
    return pathname;
  }
}

/** Every reason that an operation tells of, with its status. */
export function documentedReasons(
  document: OpenApiDocument,
): readonly { readonly id: string; readonly status: number; readonly reason: string }[] {
  return operationsOf(document).flatMap(({ operationId, responses }) =>
    Object.entries(responses).flatMap(([status, response]) =>
      (response['x-reasons'] ?? []).map((reason) => ({ id: operationId, status: Number(status), reason })),
    ),
  );
}

export function operationsOf(document: OpenApiDocument): readonly DocumentedOperation[] {
  return Object.values(document.paths).flatMap((operations) => Object.values(operations));
}
