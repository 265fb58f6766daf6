import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { schema } from '../../src/graphql/schema/index.ts';

/** A place in the schema where a caller can put something: an argument, or a field somewhere in its input. */
export interface Place {
  /** Like `Mutation.createItem input boardId`. */
  place: string;
  /** The type that has the field, and the field: `Mutation.createItem`. */
  owner: string;
  field: GraphQLField<unknown, unknown>;
  arg: GraphQLArgument;
  /** The input fields from the argument down. */
  path: readonly string[];
  /** The name of the type of what is put there. */
  type: string;
}

interface Way {
  path: readonly string[];
  type: string;
}

/** The ways down to every leaf of an input type; an input type inside itself is not entered again. */
function waysDown(type: GraphQLInputType, above: readonly string[] = []): Way[] {
  const named: GraphQLNamedType = getNamedType(type);
  if (!isInputObjectType(named)) return [{ path: [], type: named.name }];
  if (above.includes(named.name)) return [];
  return Object.values(named.getFields()).flatMap((field) =>
    waysDown(field.type, [...above, named.name]).map((way) => ({
      ...way,
      path: [field.name, ...way.path],
    })),
  );
}

/** Every place of the schema that takes one of these types. */
export const placesFor = (...types: string[]): Place[] =>
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .flatMap(({ type, field }) => field.args.map((arg) => ({ type, field, arg })))
    .flatMap(({ type, field, arg }) =>
      waysDown(arg.type).map((way) => {
        const owner = `${type.name}.${field.name}`;
        return { ...way, owner, field, arg, place: [owner, arg.name, ...way.path].join(' ') };
      }),
    )
    .filter(({ type }) => types.includes(type));

/** The least that fits a type. */
export function sample(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [sample(nullable.ofType)];
  if (isInputObjectType(nullable)) {
    const required = Object.values(nullable.getFields()).filter(({ type }) => isNonNullType(type));
    return Object.fromEntries(required.map(({ name, type }) => [name, sample(type)]));
  }
  return { Int: 1, Boolean: true, ItemOrderField: 'TITLE' }[nullable.name] ?? 'x';
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * `value` at the end of a path of input fields, with what is `beside` it on the way there, and else with the least that
 * the schema wants.
 */
export function at(
  type: GraphQLInputType,
  { path, beside }: { path: readonly string[]; beside?: unknown },
  value: unknown,
): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable))
    return [
      at(nullable.ofType, { path, beside: Array.isArray(beside) ? beside[0] : beside }, value),
    ];
  const others = isRecord(beside) ? beside : {};
  if (!isInputObjectType(nullable)) return isRecord(value) ? { ...others, ...value } : value;
  const [name = '', ...rest] = path;
  const field = nullable.getFields()[name];
  if (field === undefined) throw new Error(`${nullable.name} has no field ${name}`);
  const own = { [name]: at(field.type, { path: rest, beside: others[name] }, value) };
  return nullable.isOneOf ? own : { ...(sample(nullable) as object), ...others, ...own };
}
