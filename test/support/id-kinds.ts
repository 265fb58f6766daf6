import {
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { Kind } from './endpoint-calls.ts';

/** The place of an id: the names that lead to it and the types that contain it, both from the outside. */
export interface IdPlace {
  names: readonly string[];
  containers: readonly string[];
  /** The type of the field with the argument. */
  returned?: GraphQLNamedType;
}

const toKind = (typeName: string): Kind => typeName.toLowerCase() as Kind;

/** The object types with an id of their own. */
const nodeTypes = (schema: GraphQLSchema): readonly GraphQLObjectType[] => {
  const node = schema.getType('Node');
  return isInterfaceType(node) ? [...schema.getPossibleTypes(node)] : [];
};

/** True for an input that is an id by its type or by its name. */
export const isId = ({ type, names }: { type: string; names: readonly string[] }): boolean =>
  type === 'ID' || (type === 'String' && /^ids?$|Ids?$|_ids?$/.test(names.at(-1) ?? ''));

/** The kinds of ids that a relation of some type leads to: `createdBy` to agents, `subject` to what its enum names. */
function kindsOfRelation(
  schema: GraphQLSchema,
  relation: string,
  returned?: GraphQLNamedType,
): Kind[] {
  // The log of a board has no changes of contacts.
  const isOfBoard = returned?.name.startsWith('Board') ?? false;
  const nodes = nodeTypes(schema).filter(({ name }) => !isOfBoard || name !== 'Contact');
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => type.getFields()[relation] ?? [])
    .map((field) => getNamedType(field.type));
  const target = nodes.find((type) => fields.includes(type));
  if (target !== undefined) return [toKind(target.name)];
  const values = fields
    .filter(isEnumType)
    .flatMap((type) => type.getValues().map(({ name }) => name.toLowerCase()));
  return nodes.map(({ name }) => toKind(name)).filter((kind) => values.includes(kind));
}

/**
 * The kinds of ids that a place takes: from a name like `boardId` or `createdById`, else from the type that the field
 * returns, or from the noun in the names of the input types and of the field. Throws a sentence for the developer.
 */
export function kindsOf(schema: GraphQLSchema, { names, containers, returned }: IdPlace): Kind[] {
  const kinds = nodeTypes(schema).map(({ name }) => toKind(name));
  const place = [...containers.slice(0, 1), ...names].join(' ');
  for (const name of names.toReversed()) {
    const stem = /^(\w*?)_?ids?$/i.exec(name)?.[1] ?? '';
    if (stem === '') continue;
    const relation = stem.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
    const found = kinds.includes(relation as Kind)
      ? [relation as Kind]
      : kindsOfRelation(schema, relation, returned);
    if (found.length > 0) return found;
    throw new Error(
      `The kind of the id at ${place} is unknown: name it after a type (boardId) or after a field that leads to one (createdById).`,
    );
  }
  if (containers.length < 2 && returned !== undefined) {
    if (returned.name === 'Node') return kinds;
    if (kinds.includes(toKind(returned.name))) return [toKind(returned.name)];
  }
  for (const container of containers.toReversed()) {
    const kind = kinds.find((name) => container.toLowerCase().includes(name));
    if (kind !== undefined) return [kind];
  }
  throw new Error(
    `The kind of the id at ${place} is unknown: name the input like boardId, or its input type after the type of the id (UpdateBoardInput).`,
  );
}

/** The names of the input types along a path, from the outside. */
export function inputTypesAlong(type: GraphQLInputType, path: readonly string[]): string[] {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return [];
  const [name = '', ...rest] = path;
  const field = named.getFields()[name];
  return [named.name, ...(field === undefined ? [] : inputTypesAlong(field.type, rest))];
}
