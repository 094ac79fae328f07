// `include: component` as GitLab resolves it before a pipeline exists: the inputs checked against the component's `spec`, and put where it
// names them. Text and data in, configuration out; it runs nothing.

import { parseAllDocuments } from 'yaml';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Configuration = Readonly<Record<string, Json>>;

interface Input {
  readonly type?: 'string' | 'number' | 'boolean' | 'array';
  readonly default?: Json;
  readonly regex?: string;
  readonly options?: readonly Json[];
  readonly description?: string;
}

/** @param text a file of `templates/`: the header, `---`, and the configuration. */
export function includeComponent(text: string, given: Configuration): Configuration {
  const documents = parseAllDocuments(text);
  if (documents.length !== 2) throw new Error('a component is a header and a configuration');
  const [header, configuration] = documents.map((document) => document.toJS() as Json) as [Json, Json];
  const { inputs: specified = {} } = (header as { readonly spec: { readonly inputs?: Record<string, Input | null> } })
    .spec;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(specified, name)) throw new Error(`unknown input: ${name}`);
  }
  const inputs = Object.fromEntries(
    Object.entries(specified).map(([name, input]) => [name, checkedValue(name, input ?? {}, given[name])]),
  );
  return interpolate(configuration, inputs) as Configuration;
}

function checkedValue(name: string, input: Input, given: Json | undefined): Json {
  const value = given ?? input.default;
  if (value === undefined) throw new Error(`\`${name}\` input: required value has not been provided`);
  const { type = 'string', regex, options } = input;
  const fits = type === 'array' ? Array.isArray(value) : typeof value === type;
  if (!fits) throw new Error(`\`${name}\` input: provided value is not a ${type}`);
  if (options !== undefined && !options.includes(value))
    throw new Error(`\`${name}\` input: not in the list of options`);
  if (regex !== undefined && !new RegExp(regex).test(String(value))) {
    throw new Error(`\`${name}\` input: provided value does not match required RegEx pattern`);
  }
  return value;
}

const BLOCK = /\$\[\[\s*inputs\.([\w-]+)\s*\]\]/g;

/** A node that is nothing but a block becomes the value with its type; within a text the value is text. */
function interpolate(node: Json, inputs: Configuration): Json {
  if (typeof node === 'string') {
    const [whole] = node.matchAll(BLOCK);
    if (whole !== undefined && whole[0] === node) return inputOf(whole[1]!, inputs);
    return node.replace(BLOCK, (_, name: string) => String(inputOf(name, inputs)));
  }
  if (Array.isArray(node)) return node.map((one) => interpolate(one, inputs));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, one]) => [interpolate(key, inputs) as string, interpolate(one as Json, inputs)]),
  );
}

function inputOf(name: string, inputs: Configuration): Json {
  if (!Object.hasOwn(inputs, name)) throw new Error(`unknown interpolation provided: \`${name}\``);
  return inputs[name]!;
}
