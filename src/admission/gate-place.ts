// Where the gates, the switchboard and the counters of limits are: a hint of a location, and a jurisdiction that they never leave. Both are
// fixed at setup, because the same name in another jurisdiction is another object. It binds nothing by itself.

/** https://developers.cloudflare.com/durable-objects/reference/data-location/ */
const LOCATIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'apac-ne', 'apac-se', 'oc', 'afr', 'me'] as const;
const JURISDICTIONS = ['eu', 'fedramp', 'fedramp-high', 'us'] as const;

export type GateLocation = (typeof LOCATIONS)[number];
export type GateJurisdiction = (typeof JURISDICTIONS)[number];

export interface GatePlace {
  /** Null: near the first caller. */
  readonly location: GateLocation | null;
  readonly jurisdiction: GateJurisdiction | null;
}

/** The names of the settings. */
export const GATE_SETTINGS = { location: 'GATES_LOCATION', jurisdiction: 'GATES_JURISDICTION' } as const;

/** The name of the setting that is wrong, where one is. A setting that is empty or missing is none. */
export function readGatePlace(
  env: Readonly<Record<string, unknown>>,
): { readonly ok: true; readonly value: GatePlace } | { readonly ok: false; readonly setting: string } {
  const location = pick(LOCATIONS, env[GATE_SETTINGS.location]);
  if (location === undefined) return { ok: false, setting: GATE_SETTINGS.location };
  const jurisdiction = pick(JURISDICTIONS, env[GATE_SETTINGS.jurisdiction]);
  if (jurisdiction === undefined) return { ok: false, setting: GATE_SETTINGS.jurisdiction };
  return { ok: true, value: { location, jurisdiction } };
}

/** Undefined for a value that is none of them. */
function pick<T extends string>(known: readonly T[], value: unknown): T | null | undefined {
  if (value === undefined || value === '') return null;
  return known.find((one) => one === value);
}

/** The part of a namespace of Durable Objects that is used here. */
export interface PlacedNamespace<Stub> {
  readonly jurisdiction: (jurisdiction: GateJurisdiction) => PlacedNamespace<Stub>;
  readonly getByName: (name: string, options?: { readonly locationHint?: GateLocation }) => Stub;
}

/** The objects at their place. It throws where the place is wrong: the settings are refused before anything is called. */
export function placed<Stub>(
  namespace: PlacedNamespace<Stub>,
  place: ReturnType<typeof readGatePlace>,
): (name: string) => Stub {
  if (!place.ok) throw new Error(`${place.setting} is wrong`);
  const { location, jurisdiction } = place.value;
  const within = jurisdiction === null ? namespace : namespace.jurisdiction(jurisdiction);
  return (name) => (location === null ? within.getByName(name) : within.getByName(name, { locationHint: location }));
}
