import {
  type GraphQLInputType,
  type GraphQLNamedInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
} from 'graphql';
import { type ApiError, invalid } from '../../errors.ts';
import { isJsonObject, type JsonObject } from '../../http/json-object.ts';
import { mustBeOneOf } from '../../limits/nearest-name.ts';
import { isAbsent } from '../absent.ts';
import { toSnakeCase } from '../names.ts';
import { parameterSchema } from '../openapi/input-schema.ts';
import type { JsonSchema, Schemas } from '../openapi/schemas.ts';
import { describeType, parseMessage, wordsOf } from '../parameter-error.ts';
import { unknownNameError } from '../unknown-name.ts';

interface ReadOptions {
  /** The path in the body. */
  place: string;
  /** The fields whose value null removes. */
  nullable: ReadonlySet<string>;
}

/** Converts an enum value, which REST has in lower case; any other type's value is returned as it is. */
export function readEnum(
  type: GraphQLNamedInputType | undefined,
  name: string,
  value: unknown,
): unknown {
  if (!isEnumType(type)) return value;
  const choices = type.getValues().map((choice) => choice.name.toLowerCase());
  if (typeof value === 'string' && choices.includes(value)) return value.toUpperCase();
  throw invalid(name, mustBeOneOf(choices, value));
}

/** Converts a value of any input type. Throws VALIDATION_ERROR. */
export function readField(type: GraphQLInputType, value: unknown, options: ReadOptions): unknown {
  const namedType = getNamedType(type);
  if (isInputObjectType(namedType)) return readInputObject(value, namedType, options);
  if (isListType(getNullableType(type)) && !Array.isArray(value) && typeof value !== 'string')
    throw invalid(options.place, `must be ${describeType(type)}`);
  return readEnum(namedType, options.place, value);
}

/** The form of a field: an input has the REST names of its fields. */
export function describeField(type: GraphQLInputType, schemas: Schemas): JsonSchema {
  const namedType = getNullableType(type);
  if (!isInputObjectType(namedType)) return parameterSchema(type, schemas);
  const fields = Object.values(namedType.getFields());
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map(({ name, type, description }) => [
        toSnakeCase(name),
        { ...describeField(type, schemas), description },
      ]),
    ),
    required: fields.filter(isRequiredInputField).map(({ name }) => toSnakeCase(name)),
    additionalProperties: false,
  };
}

/** Converts an object with REST names to an input of the schema. Throws VALIDATION_ERROR. */
export function readInputObject(
  value: unknown,
  type: GraphQLInputType | undefined,
  { place, nullable }: ReadOptions,
): JsonObject {
  const namedType = type && getNamedType(type);
  if (!isInputObjectType(namedType)) throw new Error(`${place} must have an input type`);
  const fields = new Map(
    Object.values(namedType.getFields()).map((field) => [toSnakeCase(field.name), field]),
  );
  if (!isJsonObject(value))
    throw invalid(place, `must be an object with ${[...fields.keys()].join(', ')}`);
  const input: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    const field = fields.get(key);
    if (field === undefined) throw unknownNameError(key, fields.keys(), `${place}.`);
    if (isAbsent(key, part, nullable)) continue;
    input[field.name] = readField(field.type, part, { place: `${place}.${key}`, nullable });
  }
  for (const [key, field] of fields)
    if (isRequiredInputField(field) && !(field.name in input))
      throw invalid(`${place}.${key}`, 'is required');
  return input;
}

/** Converts a list of such objects; a single one is a list of one. Throws VALIDATION_ERROR. */
export function readInputList(
  value: unknown,
  type: GraphQLInputType | undefined,
  { place, nullable }: ReadOptions,
): JsonObject[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one, n) => readInputObject(one, type, { place: `${place}.${n}`, nullable }));
}

/** An error of graphql-js about the field of an input, like `contact.email must be a string`; undefined for the input. */
export function toFieldError(message: string): ApiError | undefined {
  const { path, reason } = parseMessage(message);
  return path === undefined ? undefined : toTypeError(toSnakeCase(path), reason);
}

/** The error of graphql-js about the field of an input, which has a value of another type. */
export function toTypeError(field: string, reason: string): ApiError {
  const [, scalar] = /^(\w+) cannot represent /.exec(reason) ?? [];
  if (scalar !== undefined) return invalid(field, `must be ${wordsOf(scalar).one}`);
  return invalid(field, /must .*/s.exec(reason)?.[0] ?? 'must not be null');
}
