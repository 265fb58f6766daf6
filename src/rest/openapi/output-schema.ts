import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { inRestWords } from './descriptions.ts';
import { exampleOf } from './examples.ts';
import { scalarSchemas } from './input-schema.ts';
import { described, type JsonSchema, nullable, objectOf } from './schemas.ts';

/** The JSON of a field with this type and selection: the aliases are the names, and enum values are in lower case. */
export function outputSchema(
  type: GraphQLOutputType,
  selectionSet: SelectionSetNode | undefined,
): JsonSchema {
  if (!isNonNullType(type)) return nullable(nonNullSchema(type, selectionSet));
  return nonNullSchema(type.ofType, selectionSet);
}

function nonNullSchema(
  type: GraphQLOutputType,
  selectionSet: SelectionSetNode | undefined,
): JsonSchema {
  const nullableType = getNullableType(type);
  if (isListType(nullableType))
    return { type: 'array', items: outputSchema(nullableType.ofType, selectionSet) };
  if (isObjectType(nullableType) || isInterfaceType(nullableType))
    return selectedSchema(nullableType, selectionSet);
  if (isEnumType(nullableType)) {
    const names = nullableType.getValues().map(({ name }) => name);
    const isOfErrors = nullableType.name === 'ErrorCode';
    return {
      type: 'string',
      enum: isOfErrors ? names : names.map((name) => name.toLowerCase()),
    };
  }
  const { name } = getNamedType(nullableType);
  if (name === 'DateTime') return { type: 'string', format: 'date-time' };
  return scalarSchemas[name] ?? {};
}

function selectedSchema(
  type: GraphQLObjectType | GraphQLInterfaceType,
  selectionSet: SelectionSetNode | undefined,
): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const node of selectionSet?.selections ?? []) {
    if (node.kind !== Kind.FIELD) continue;
    const field = type.getFields()[node.name.value];
    if (field === undefined) continue;
    // A connection is shown as the list of its nodes.
    const isList = node.name.value === 'nodes' && node.alias === undefined;
    const schema = outputSchema(field.type, node.selectionSet);
    if (isList) return schema;
    const example = exampleOf(type.name, node.name.value);
    properties[(node.alias ?? node.name).value] = described(
      example === undefined ? schema : { ...schema, examples: [example] },
      inRestWords(field.description),
    );
  }
  return described(objectOf(properties), inRestWords(type.description));
}
