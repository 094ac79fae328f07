// Kubernetes service accounts with projected (bound) tokens. Legacy secret tokens lack these claims and are refused.
// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/

import type { Preset } from '../preset.ts';

export const kubernetes: Preset = {
  algorithms: ['RS256', 'ES256'],
  subject: [['/kubernetes.io/serviceaccount/uid'], ['sub']],
  alwaysPresent: [
    'sub',
    '/kubernetes.io/namespace',
    '/kubernetes.io/serviceaccount/name',
    '/kubernetes.io/serviceaccount/uid',
  ],
  singleUse: false,
  shared: false,
  pins: ['/kubernetes.io/serviceaccount/uid'],
  spoofable: ['/kubernetes.io/pod/name', '/kubernetes.io/node/name'],
  recyclable: ['/kubernetes.io/serviceaccount/name', '/kubernetes.io/namespace', 'sub'],
  openings: { sub: /^system:serviceaccount:/ },
  description: 'service account {/kubernetes.io/namespace}/{/kubernetes.io/serviceaccount/name}',
  overridable: ['issuer', 'jwks_uri', 'jwks', 'jwks_hosts', 'algorithms', 'shared', 'pins', 'single_use'],
};
