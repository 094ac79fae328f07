// The operations of switches, as the document describes them. Descriptions only: nothing here ever runs for a request.

import { switchRequest } from '../switches.ts';
import { liftedAnswer, switchAnswer, switchedAnswer, switchesAnswer } from './answers.ts';
import { type Operation, SERVICE, SUBJECT_TOKEN } from './operation.ts';

const JSON_TYPE = 'application/json';

const switchExample = {
  id: '01KATZ2V9C3M8R5N1Q7W4X6Y0B',
  target: { kind: 'rule', name: 'ci-metrics' },
  level: 'operator',
  why: 'we look into a leak; see the incident channel',
  until: '2026-11-23T14:00:00.000Z',
  set_at: '2026-11-23T12:00:00.000Z',
  on: true,
  in_force: true,
  revocation: null,
};

const requestExample = {
  target: { kind: 'rule', name: 'ci-metrics' },
  for: '2h',
  why: switchExample.why,
  revoke: true,
};
const switchedExample = { switch: switchExample, missing: null, hits: null };
const spreadingExample = {
  switch: { ...switchExample, in_force: false },
  missing: { gates: ['c'], open: 0 },
  hits: null,
};

const WHO = [...SUBJECT_TOKEN, ...SERVICE, 'no_rule', 'operator_required', 'state_unavailable'] as const;
const ID = { id: "The switch's id." };

export const switchOperations: readonly Operation[] = [
  {
    path: '/v1/switches',
    method: 'post',
    id: 'switchOff',
    tag: 'Switches',
    summary: 'Switch something off',
    description:
      'From the moment it is answered with 200, InfluxDB is asked for nothing that the switch covers, through any door. Operators may switch ' +
      'a rule, an issuer, an instance, an identity or everything; the owners of a rule may switch that rule. Revoking, listing, switches and ' +
      'the trail are never switched off.',
    bearer: ['subjectToken'],
    body: { type: JSON_TYPE, required: true, name: 'SwitchRequest', schema: switchRequest(), example: requestExample },
    answers: [
      {
        status: 200,
        description: 'It is in force; or, after a dry run, what it would hit.',
        body: { type: JSON_TYPE, name: 'SwitchedOff', schema: switchedAnswer, example: switchedExample },
      },
      {
        status: 202,
        description:
          'It is kept, and not in force everywhere yet: `missing` says what is left, and the service goes on by itself.',
        body: { type: JSON_TYPE, name: 'SwitchedOff', schema: switchedAnswer, example: spreadingExample },
      },
    ],
    refusals: 'problem',
    reasons: [...WHO, 'request_malformed', 'body_too_large', 'content_type_unsupported'],
  },
  {
    path: '/v1/switches',
    method: 'get',
    id: 'listSwitches',
    tag: 'Switches',
    summary: 'List what is switched off',
    description: 'Operators see every switch; the owners of a rule those of their rules, without the note.',
    bearer: ['subjectToken'],
    answers: [
      {
        status: 200,
        description: 'The switches whose time is not over.',
        body: { type: JSON_TYPE, name: 'Switches', schema: switchesAnswer, example: { switches: [switchExample] } },
      },
    ],
    refusals: 'problem',
    reasons: WHO,
  },
  {
    path: '/v1/switches/{id}',
    method: 'get',
    id: 'showSwitch',
    tag: 'Switches',
    summary: 'Show one switch',
    description: 'Whether it is in force, and how far the revocation of live tokens has come.',
    bearer: ['subjectToken'],
    pathParameters: ID,
    answers: [
      {
        status: 200,
        description: 'The switch.',
        body: { type: JSON_TYPE, name: 'Switch', schema: switchAnswer, example: switchExample },
      },
    ],
    refusals: 'problem',
    reasons: [...WHO, 'not_found'],
  },
  {
    path: '/v1/switches/{id}',
    method: 'delete',
    id: 'switchOn',
    tag: 'Switches',
    summary: 'Lift a switch',
    description:
      'Owners lift what owners have set; what operators have set, only operators lift. Tokens that were revoked stay so.',
    bearer: ['subjectToken'],
    pathParameters: ID,
    answers: [
      {
        status: 200,
        description: 'It is lifted everywhere.',
        body: { type: JSON_TYPE, name: 'Lifted', schema: liftedAnswer, example: { missing: null } },
      },
      {
        status: 202,
        description: 'It is lifted, and a gate has not heard of that yet.',
        body: {
          type: JSON_TYPE,
          name: 'Lifted',
          schema: liftedAnswer,
          example: { missing: { gates: ['c'], open: 0 } },
        },
      },
    ],
    refusals: 'problem',
    reasons: [...WHO, 'not_found'],
  },
];
