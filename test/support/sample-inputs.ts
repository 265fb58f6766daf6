import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import type { Ids } from './endpoint-calls.ts';
import { type IdPlace, kindsOf } from './id-kinds.ts';
import { isNeeded } from './input-paths.ts';

/** An input that a sample must have: `value` at the end of `path`, and optional fields beside it. */
export interface Wanted {
  /** undefined in an input beside the path. */
  path: readonly string[] | undefined;
  value?: unknown;
  beside: readonly string[];
}

const scalars: Readonly<Record<string, unknown>> = {
  Int: 1,
  Float: 1,
  Boolean: true,
  ItemValues: { x: 1 },
  DateTime: '2025-01-01T00:00:00Z',
};

/** Builds valid inputs for any type of a schema, with ids of the right kinds. */
export class SampleInputs {
  readonly #schema: GraphQLSchema;
  readonly #ids: Ids;

  constructor(schema: GraphQLSchema, ids: Ids) {
    this.#schema = schema;
    this.#ids = ids;
  }

  /** The smallest valid value of a type, with what is wanted in it. */
  of(type: GraphQLInputType, place: IdPlace, wanted?: Wanted): unknown {
    const nullable = getNullableType(type);
    if (isListType(nullable)) return [this.of(nullable.ofType, place, wanted)];
    if (!isInputObjectType(nullable)) {
      if (wanted?.path !== undefined) return wanted.value;
      if (nullable.name === 'ID') {
        const [kind] = kindsOf(this.#schema, place);
        return kind && this.#ids[kind];
      }
      if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
      if (place.names.at(-1) === 'url') return 'https://example.com/';
      return scalars[nullable.name] ?? 'x';
    }
    const [next, ...rest] = wanted?.path ?? [];
    const fields = Object.values(nullable.getFields());
    const chosen = fields.filter(
      (field) =>
        field.name === next ||
        (!nullable.isOneOf && isNeeded(nullable, field)) ||
        (rest.length === 0 && !nullable.isOneOf && wanted?.beside.includes(field.name)),
    );
    // An input whose fields are all optional usually requires one of them.
    const others = fields.filter((field) => getNamedType(field.type) !== nullable);
    const entries = chosen.length > 0 ? chosen : others.slice(0, 1);
    return Object.fromEntries(
      entries.map((field) => {
        const inner = {
          names: [...place.names, field.name],
          containers: [...place.containers, nullable.name],
        };
        const wantedIn = wanted && { ...wanted, path: field.name === next ? rest : undefined };
        return [field.name, this.of(field.type, inner, wantedIn)];
      }),
    );
  }

  /** A selection from the root down to the fields of an object type; undefined if it is the root. */
  selectionTo(typeName: string): (fields: string) => string {
    const root = { Query: true, Mutation: true, Subscription: true };
    if (Object.hasOwn(root, typeName)) return (fields) => fields;
    const queue = [{ type: 'Query', wrap: (fields: string) => fields }];
    const visited = new Set<string>();
    for (const { type, wrap } of queue) {
      const parent = this.#schema.getType(type);
      if (!isObjectType(parent)) continue;
      for (const field of Object.values(parent.getFields())) {
        const target = getNamedType(field.type);
        if (visited.has(target.name)) continue;
        visited.add(target.name);
        const isUseful = (arg: GraphQLArgument) => isRequiredArgument(arg) || arg.name === 'id';
        const args = field.args.filter(isUseful).map((arg) => {
          const place = { names: [arg.name], containers: [field.name], returned: target };
          return `${arg.name}: ${toLiteral(this.of(arg.type, place), arg.type)}`;
        });
        const call = `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}`;
        const wrapNext = (fields: string) => wrap(`${call} { ${fields} }`);
        if (target.name === typeName) return wrapNext;
        queue.push({ type: target.name, wrap: wrapNext });
      }
    }
    throw new Error(`No path of fields leads to ${typeName}.`);
  }
}

/** The fields of a type without arguments, and those of its objects down to a depth. */
export function selectionOf(type: GraphQLOutputType, depth = 2): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isInterfaceType(named)) return '{ __typename id }';
  const fields = isObjectType(named) ? Object.values(named.getFields()) : [];
  const parts = fields
    .filter((field) => field.args.length === 0)
    .filter((field) => isLeafType(getNamedType(field.type)) || depth > 1)
    .map((field) => `${field.name} ${selectionOf(field.type, depth - 1)}`);
  return `{ __typename ${parts.join(' ')} }`;
}

/** A value as a literal of GraphQL. */
export function toLiteral(value: unknown, type: GraphQLInputType): string {
  const nullable = getNullableType(type);
  if (isListType(nullable) && Array.isArray(value))
    return `[${value.map((one) => toLiteral(one, nullable.ofType)).join(', ')}]`;
  if (isInputObjectType(nullable)) {
    const fields = nullable.getFields();
    const parts = Object.entries(value as object).map(
      ([name, one]) =>
        `${name}: ${fields[name] ? toLiteral(one, fields[name].type) : JSON.stringify(one)}`,
    );
    return `{${parts.join(', ')}}`;
  }
  return isEnumType(nullable) ? String(value) : JSON.stringify(value);
}

/** The optional fields of the innermost input on a path, and of the required inputs beside it. */
export function optionalFieldsAt(type: GraphQLInputType, path: readonly string[]): string[] {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return [];
  const [next = '', ...rest] = path;
  const field = named.getFields()[next];
  if (field !== undefined && rest.length > 0) return optionalFieldsAt(field.type, rest);
  if (named.isOneOf) return [];
  const others = Object.values(named.getFields()).filter(({ name }) => name !== next);
  const names = others.flatMap((other) =>
    isNonNullType(other.type) ? optionalFieldsAt(other.type, []) : [other.name],
  );
  return [...new Set(names)];
}
