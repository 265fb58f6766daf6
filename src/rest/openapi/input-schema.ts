import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { described, type JsonSchema, type Schemas } from './schemas.ts';

/** Operands of comparisons, and the only scalar of several JSON types. */
const operand: JsonSchema = { type: ['string', 'number', 'boolean'] };

/** Scalars of the schema as JSON; all others are any JSON. */
export const scalarSchemas: Readonly<Record<string, JsonSchema>> = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Int: { type: 'integer' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  DateTime: { type: 'string' },
  ItemValues: { type: 'object', additionalProperties: true },
  Operand: operand,
};

/** A parameter of this type: its enum values are in lower case. */
export function parameterSchema(type: GraphQLInputType, schemas: Schemas): JsonSchema {
  const nullableType = getNullableType(type);
  if (isListType(nullableType))
    return { type: 'array', items: parameterSchema(nullableType.ofType, schemas) };
  if (!isEnumType(nullableType)) return inputSchema(nullableType, schemas);
  const names = nullableType.getValues().map(({ name }) => name.toLowerCase());
  return { type: 'string', enum: names };
}

/** A value of the GraphQL schema, as it is written there: its inputs and enums are named schemas. */
export function inputSchema(type: GraphQLInputType, schemas: Schemas): JsonSchema {
  const nullableType = getNullableType(type);
  if (isListType(nullableType))
    return { type: 'array', items: inputSchema(nullableType.ofType, schemas) };
  const { name, description } = nullableType as { name: string; description?: string | null };
  if (isInputObjectType(nullableType))
    return schemas.ref(name, () => described(objectSchema(nullableType, schemas), description));
  if (isEnumType(nullableType)) {
    const values = nullableType.getValues();
    return schemas.ref(name, () =>
      described({ type: 'string', enum: values.map((value) => value.name) }, description),
    );
  }
  if (name === 'DateTime') return { type: 'string', description: description ?? '' };
  return scalarSchemas[name] ?? {};
}

function objectSchema(type: GraphQLInputObjectType, schemas: Schemas): JsonSchema {
  const fields: GraphQLInputField[] = Object.values(type.getFields());
  const required = fields.filter(
    (field) => isNonNullType(field.type) && field.defaultValue === undefined,
  );
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map((field) => [
        field.name,
        described(inputSchema(field.type, schemas), field.description),
      ]),
    ),
    ...(required.length > 0 && { required: required.map(({ name }) => name) }),
    additionalProperties: false,
    ...(type.isOneOf && { minProperties: 1, maxProperties: 1 }),
  };
}
