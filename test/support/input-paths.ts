import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { schema as itemsSchema } from '../../src/graphql/schema/index.ts';

/** A leaf of the schema's input: an argument, or a field at any depth of an input object. */
export interface InputPath {
  /** Like `Mutation.createItem input boardId`. */
  place: string;
  /** The parent type and the field: `Mutation.createItem`. */
  owner: string;
  field: GraphQLField<unknown, unknown>;
  arg: GraphQLArgument;
  /** The input fields from the argument down. */
  path: readonly string[];
  /** The name of the input type at the end of the path. */
  type: string;
}

export interface Leaf {
  path: readonly string[];
  type: string;
}

/** Every leaf of an input type; an input type nested in itself is not entered again. */
export function leavesOf(type: GraphQLInputType, above: readonly string[] = []): Leaf[] {
  const named: GraphQLNamedType = getNamedType(type);
  if (!isInputObjectType(named)) return [{ path: [], type: named.name }];
  if (above.includes(named.name)) return [];
  return Object.values(named.getFields()).flatMap((field) =>
    leavesOf(field.type, [...above, named.name]).map((leaf) => ({
      ...leaf,
      path: [field.name, ...leaf.path],
    })),
  );
}

/** Every input path of queries and mutations that ends in one of these types. */
export const inputPathsFor = (...types: string[]): InputPath[] =>
  inputPathsOf(itemsSchema).filter(
    ({ type, owner }) => types.includes(type) && !owner.startsWith('Subscription.'),
  );

/** Every input path of a schema. */
export const inputPathsOf = (schema: GraphQLSchema): InputPath[] =>
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .flatMap(({ type, field }) => field.args.map((arg) => ({ type, field, arg })))
    .flatMap(({ type, field, arg }) =>
      leavesOf(arg.type).map((leaf) => {
        const owner = `${type.name}.${field.name}`;
        return { ...leaf, owner, field, arg, place: [owner, arg.name, ...leaf.path].join(' ') };
      }),
    );

/** True for a field without which an input is refused: by the schema, or item by item in a batch. */
export const isNeeded = (
  { name }: GraphQLInputObjectType,
  field: Pick<GraphQLInputField, 'name' | 'type' | 'defaultValue'>,
): boolean =>
  (isNonNullType(field.type) && field.defaultValue === undefined) ||
  (name === 'NewItemInput' && field.name === 'title');

/** The smallest valid value of an input type. */
export function minimalInput(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [minimalInput(nullable.ofType)];
  if (isInputObjectType(nullable)) {
    const required = Object.values(nullable.getFields()).filter((one) => isNeeded(nullable, one));
    return Object.fromEntries(required.map(({ name, type }) => [name, minimalInput(type)]));
  }
  return { Int: 1, Boolean: true, ItemOrderField: 'TITLE' }[nullable.name] ?? 'x';
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * An input with `value` at the end of a path, the fields of `beside` merged in along the path, and the smallest valid
 * values for the other required fields.
 */
export function inputWith(
  type: GraphQLInputType,
  { path, beside }: { path: readonly string[]; beside?: unknown },
  value: unknown,
): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable))
    return [
      inputWith(
        nullable.ofType,
        { path, beside: Array.isArray(beside) ? beside[0] : beside },
        value,
      ),
    ];
  const others = isRecord(beside) ? beside : {};
  if (!isInputObjectType(nullable)) return isRecord(value) ? { ...others, ...value } : value;
  const [name = '', ...rest] = path;
  const field = nullable.getFields()[name];
  if (field === undefined) throw new Error(`${nullable.name} has no field ${name}`);
  const own = { [name]: inputWith(field.type, { path: rest, beside: others[name] }, value) };
  return nullable.isOneOf ? own : { ...(minimalInput(nullable) as object), ...others, ...own };
}
