import {
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { JsonObject } from '../http/json-object.ts';
import { toSnakeCase } from '../rest/names.ts';
import { scalarSchemas } from '../rest/openapi/input-schema.ts';

/** The JSON Schema of an input type, with the names and enum values of REST. Short: a model reads it with every request. */
export function jsonSchemaOf(type: GraphQLInputType): JsonObject {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return { type: 'array', items: jsonSchemaOf(nullable.ofType) };
  if (isEnumType(nullable)) {
    const names = nullable.getValues().map(({ name }) => name.toLowerCase());
    return { type: 'string', enum: names };
  }
  if (!isInputObjectType(nullable)) return scalarSchemas[nullable.name] ?? {};
  const fields = Object.values(nullable.getFields());
  return objectSchema(
    fields.map(({ name, type }) => [toSnakeCase(name), jsonSchemaOf(type)]),
    fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => toSnakeCase(name)),
  );
}

/** The JSON Schema of an object with these properties. */
export const objectSchema = (
  properties: readonly (readonly [string, JsonObject])[],
  required: readonly string[] = [],
): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(properties),
  ...(required.length > 0 && { required }),
});
