// AWS outbound identity federation (`sts:GetWebIdentityToken`). Its issuer is one per account, so the issuer itself pins the party.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound.html

import { digits, formed, object, text, under } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

/** The claim whose name is an address, as a JSON pointer. */
const AWS = '/https:~1~1sts.amazonaws.com~1';
const arn = formed(/^arn:aws[a-z-]*:/, 'arn:aws:lambda:eu-west-1:111122223333:function:writer');

export const aws: Preset = {
  issuerForm: {
    pattern: /^https:\/\/[0-9a-z-]+\.tokens\.sts\.global\.api\.aws$/,
    example: 'https://ID.tokens.sts.global.api.aws, as `aws iam get-outbound-web-identity-federation-info` shows it',
  },
  // The caller chooses between them at each call.
  algorithms: ['ES384', 'RS256'],
  subject: [['sub']],
  alwaysPresent: ['sub'],
  maxLifetime: 3_600,
  // Every call gives a fresh token with a fresh jti.
  singleUse: true,
  shared: false,
  pins: ['sub'],
  spoofable: [`${AWS}/request_tags`],
  // The issuer names the account already.
  party: [`${AWS}/aws_account`, `${AWS}/org_id`],
  common: [`${AWS}/source_region`],
  recyclable: [`${AWS}/ou_path`],
  openings: { sub: /^arn:aws[a-z-]*:iam::[^:]*:((role|user)\/)?/ },
  claims: {
    // The role or user itself, never a session of it.
    sub: formed(/^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user|root)(\/.+)?$/, 'arn:aws:iam::111122223333:role/Writer'),
    'https://sts.amazonaws.com/': object,
    ...under(AWS, {
      '/aws_account': digits,
      '/ec2_source_instance_arn': arn,
      '/lambda_source_function_arn': arn,
      '/org_id': formed(/^o-[0-9a-z]+$/, 'o-abc1234567'),
      '/ou_path': formed(/^o-[0-9a-z]+\//, 'o-abc1234567/r-ab12/ou-ab12-11111111/'),
      '/principal_tags': object,
      '/request_tags': object,
      '/source_identity': text,
      '/source_region': formed(/^[a-z]+(-[a-z0-9]+)+$/, 'eu-west-1'),
    }),
  },
  // Tags have names of their owners' choice, and AWS adds what it knows of a session.
  furtherClaims: /^\/https:~1~1sts\.amazonaws\.com~1\//,
  description: '{sub}',
  overridable: ['issuer', 'single_use'],
};
