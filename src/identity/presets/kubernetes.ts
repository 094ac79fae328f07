// Kubernetes service accounts with projected (bound) tokens. Legacy secret tokens lack these claims and are refused.
// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/

import { formed, number, object, under, uuid } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

const name = formed(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, 'app');
const thing = { '': object, '/name': name, '/uid': uuid };

/** In every token. */
const ALWAYS = {
  sub: formed(/^system:serviceaccount:[^:]+:[^:]+$/, 'system:serviceaccount:apps:app'),
  '/kubernetes.io/namespace': formed(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'apps'),
  '/kubernetes.io/serviceaccount/name': name,
  '/kubernetes.io/serviceaccount/uid': uuid,
};

/** By what the token is bound to, and the version of the cluster. */
const SOMETIMES = {
  'kubernetes.io': object,
  '/kubernetes.io/serviceaccount': object,
  ...under('/kubernetes.io/pod', thing),
  ...under('/kubernetes.io/node', thing),
  ...under('/kubernetes.io/secret', thing),
  '/kubernetes.io/warnafter': number,
};

export const kubernetes: Preset = {
  algorithms: ['RS256', 'ES256'],
  subject: [['/kubernetes.io/serviceaccount/uid'], ['sub']],
  alwaysPresent: Object.keys(ALWAYS),
  singleUse: false,
  shared: false,
  pins: ['/kubernetes.io/serviceaccount/uid'],
  spoofable: ['/kubernetes.io/pod/name', '/kubernetes.io/node/name'],
  recyclable: ['/kubernetes.io/serviceaccount/name', '/kubernetes.io/namespace', 'sub'],
  openings: { sub: /^system:serviceaccount:/ },
  claims: { ...ALWAYS, ...SOMETIMES },
  // A service account has no run, but each of its pods has a life of its own.
  run: ['/kubernetes.io/pod/name', '/kubernetes.io/pod/uid'],
  description: 'service account {/kubernetes.io/namespace}/{/kubernetes.io/serviceaccount/name}',
  overridable: ['issuer', 'jwks_uri', 'jwks', 'jwks_hosts', 'algorithms', 'shared', 'pins', 'single_use'],
};
