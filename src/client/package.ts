// The exports of the package `influx-sts/client`.
// Files inside this repository never import this one, but each other by name.

export type { ExplainedRule, Explanation, ListedToken, ShownLimit, WhoAmI } from './answers.ts';
export type {
  AuditCalls,
  AuditEntry,
  AuditFacts,
  AuditOfRequest,
  AuditOutcome,
  AuditPage,
  AuditQuery,
  Usage,
} from './audit.ts';
export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type ExchangeOptions,
  type ListOptions,
  type ListQuery,
  type RevokeOptions,
  type TokenRequest,
} from './client.ts';
export type { DatabaseToken, LimitLeft } from './database-token.ts';
export { type ClientEnvironment, webEnvironment } from './environment.ts';
export { type ClientReason, type Miss, type Problem, type ServiceReason, StsError } from './error.ts';
export { fromGitHubActions } from './github-actions.ts';
export { createInfluxDBClient, type InfluxDBClientLike, type RefreshingClient } from './influxdb-client.ts';
export type { Retry } from './retry.ts';
export { createSession, type Session, type SessionOptions } from './session.ts';
export {
  fromEnvironment,
  fromFile,
  fromGitLab,
  type SourceContext,
  type SubjectTokenSource,
} from './subject-token.ts';
export type {
  Missing,
  Switch,
  Switched,
  SwitchedOff,
  Switches,
  SwitchHits,
  SwitchRequest,
  SwitchTarget,
} from './switches.ts';
