// As much of Cloudflare's API as wrangler's commands need to put a Worker up: signing in, scripts, secrets, schedules. It keeps what it is
// given and runs nothing. It is for executing the documentation; it refuses what it does not know.

import { type Listener, listen } from './listen.ts';

export interface CloudflareEmulator {
  /** Where wrangler finds this API and its sign-in. */
  readonly env: Readonly<Record<string, string>>;
  /** Secrets by their names, in the order in which they were first put. */
  readonly secrets: Map<string, string>;
  /** Oldest first. */
  readonly deployments: Deployed[];
  /** Requests that it does not know, which were refused. */
  readonly unknown: string[];
  readonly close: () => Promise<void>;
}

export interface Deployed extends DeployedMetadata {
  /** The names of the modules and of their source maps. */
  readonly files: readonly string[];
}

/** What wrangler reports about a Worker besides its modules. */
interface DeployedMetadata {
  readonly migrations?: { readonly new_tag?: string };
  readonly bindings?: readonly { readonly name: string; readonly type: string }[];
  readonly [member: string]: unknown;
}

const ACCOUNT = '0123456789abcdef0123456789abcdef';
const SCRIPT = new RegExp(`^/accounts/${ACCOUNT}/workers/(?:scripts|services)/influx-sts(?:/(.*))?$`);

export async function startCloudflare(): Promise<CloudflareEmulator> {
  const secrets = new Map<string, string>();
  const deployments: Deployed[] = [];
  const unknown: string[] = [];
  /** A script exists as soon as a secret is put for it or it is deployed. */
  let exists = false;
  let migrated: string | null = null;

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const path = pathname.replace(/^\/client\/v4/, '');
    const asked = `${request.method} ${path}`;
    switch (asked) {
      case 'GET /oauth2/auth':
        return signIn(new URL(request.url).searchParams);
      case 'POST /oauth2/token':
        return Response.json({ access_token: 'a', refresh_token: 'r', expires_in: 3600, scope: SCOPE });
      case `GET /accounts/${ACCOUNT}/workers/scripts`:
        return ok(exists ? [{ id: 'influx-sts', ...(migrated === null ? {} : { migration_tag: migrated }) }] : []);
      case `GET /accounts/${ACCOUNT}/workers/subdomain`:
        return ok({ subdomain: 'acme' });
      case 'GET /accounts':
        return ok([{ id: ACCOUNT, name: 'Acme' }]);
      case 'GET /memberships':
        return ok([{ id: 'm', account: { id: ACCOUNT, name: 'Acme' } }]);
    }
    const [, part] = SCRIPT.exec(path) ?? [];
    return (SCRIPT.test(path) ? await answerScript(request, part ?? '') : null) ?? refuse(asked);
  }

  async function answerScript(request: Request, part: string): Promise<Response | null> {
    switch (`${request.method} ${part}`) {
      case 'GET ':
        return exists ? ok({ default_environment: { script: {} } }) : missing();
      case 'PUT ': {
        const form = await request.formData();
        const metadata = JSON.parse(String(form.get('metadata'))) as DeployedMetadata;
        // The first one may be a draft that only holds secrets.
        const files = [...form.keys()].filter((name) => name !== 'metadata');
        if (metadata.migrations !== undefined) deployments.push({ ...metadata, files });
        exists = true;
        migrated = metadata.migrations?.new_tag ?? migrated;
        return ok({ id: 'influx-sts', startup_time_ms: 1, deployment_id: `d${deployments.length}` });
      }
      case 'GET secrets':
        return exists ? ok([...secrets.keys()].map((name) => ({ name, type: 'secret_text' }))) : missing();
      case 'PUT secrets': {
        if (!exists) return missing();
        const { name, text } = (await request.json()) as { name: string; text: string };
        secrets.set(name, text);
        return ok({ name, type: 'secret_text' });
      }
      case 'GET settings':
        return exists ? ok({ bindings: [] }) : missing();
      case 'GET deployments':
        return ok({ deployments: [] });
      case 'GET subdomain':
      case 'POST subdomain':
        return ok({ enabled: true, previews_enabled: false });
      case 'PUT schedules':
        return ok({ schedules: [] });
      default:
        return null;
    }
  }

  function refuse(asked: string): Response {
    unknown.push(asked);
    return failed(404, 7003, `there is no ${asked} here`);
  }

  const listener: Listener = await listen(answer);
  return {
    env: {
      CLOUDFLARE_API_BASE_URL: `${listener.url}/client/v4`,
      WRANGLER_AUTH_URL: `${listener.url}/oauth2/auth`,
      WRANGLER_TOKEN_URL: `${listener.url}/oauth2/token`,
      WRANGLER_SEND_METRICS: 'false',
    },
    secrets,
    deployments,
    unknown,
    close: listener.close,
  };
}

const SCOPE = 'account:read user:read workers:write workers_scripts:write offline_access';

/** Nobody is asked: who is sent here is sent back at once. */
function signIn(asked: URLSearchParams): Response {
  const back = new URL(asked.get('redirect_uri')!);
  back.search = new URLSearchParams({ code: 'c', state: asked.get('state')! }).toString();
  return new Response(null, { status: 302, headers: { location: back.href } });
}

function ok(result: unknown): Response {
  return Response.json({ success: true, errors: [], messages: [], result });
}

function missing(): Response {
  return failed(404, 10007, 'This Worker does not exist on your account.');
}

function failed(status: number, code: number, message: string): Response {
  return Response.json({ success: false, errors: [{ code, message }], messages: [], result: null }, { status });
}
