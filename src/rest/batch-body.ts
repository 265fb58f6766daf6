import {
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isRequiredInputField,
} from 'graphql';
import { ApiError, invalid } from '../errors.ts';
import { isJsonObject } from '../http/json-object.ts';
import { isAbsent } from './absent.ts';
import { unknownNameError } from './did-you-mean.ts';
import { maxReportedErrors, mergeErrors } from './merge-errors.ts';
import { parameterSchema } from './openapi/input-schema.ts';
import { parseMessage } from './parameter-error.ts';
import type { ParameterReader } from './route.ts';
import { toSnakeCase } from './snake-case.ts';

/** Paths of fields in an input of the schema, by their REST names. */
type FieldPaths = ReadonlyMap<string, readonly string[]>;

/** The fields of an input, with those of the inputs inside of it on the same level. */
function fieldPathsOf(type: GraphQLInputType): FieldPaths {
  const paths = new Map<string, readonly string[]>();
  const namedType = getNamedType(type);
  if (!isInputObjectType(namedType)) return paths;
  for (const { name, type } of Object.values(namedType.getFields())) {
    const inner = fieldPathsOf(type);
    if (inner.size === 0) paths.set(toSnakeCase(name), [name]);
    for (const [restName, path] of inner) paths.set(restName, [name, ...path]);
  }
  return paths;
}

/** The fields of each operation, by its `op`. */
function operationsOf(type: GraphQLInputType | undefined): ReadonlyMap<string, FieldPaths> {
  const namedType = type && getNamedType(type);
  if (!isInputObjectType(namedType)) throw new Error('operations must be a list of an input type');
  return new Map(
    Object.values(namedType.getFields()).map(({ name, type }) => [name, fieldPathsOf(type)]),
  );
}

/** The form of operations: each has the fields of its input and of those inside of it, beside `op`. */
export const describeOperations: ParameterReader['describe'] = (schemas, type) => {
  const operation = type && getNamedType(type);
  if (!isInputObjectType(operation)) throw new Error('operations must be a list of an input type');
  const forms = Object.values(operation.getFields()).map(({ name, description, type }) => {
    const fields = flatFieldsOf(type);
    const required = fields.filter((field) => isRequiredInputField(field));
    return {
      title: name,
      description,
      type: 'object',
      properties: {
        op: { type: 'string', const: name },
        ...Object.fromEntries(
          fields.map((field) => [
            toSnakeCase(field.name),
            { ...parameterSchema(field.type, schemas), description: field.description },
          ]),
        ),
      },
      required: ['op', ...required.map((field) => toSnakeCase(field.name))],
      additionalProperties: false,
    };
  });
  return { type: 'array', items: { oneOf: forms } };
};

/** The fields of an input, with those of the inputs inside of it in their place. */
function flatFieldsOf(type: GraphQLInputType): GraphQLInputField[] {
  const namedType = getNamedType(type);
  if (!isInputObjectType(namedType)) return [];
  return Object.values(namedType.getFields()).flatMap((field) => {
    const inner = flatFieldsOf(field.type);
    return inner.length === 0 ? [field] : inner;
  });
}

/**
 * Converts `[{op, …}]` to the schema's list of operations, which is of this type. Throws one VALIDATION_ERROR for all
 * malformed operations.
 */
export const readOperations: ParameterReader['read'] = (value, type, nullable) => {
  if (!Array.isArray(value)) throw invalid('operations', 'must be a list of {op, …}');
  const pathsByOp = operationsOf(type);
  const errors: ApiError[] = [];
  const operations: object[] = [];
  for (const [index, operation] of value.entries()) {
    if (errors.length === maxReportedErrors) break;
    try {
      operations.push(readOperation(operation, `operations.${index}`, { pathsByOp, nullable }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw mergeErrors(errors);
  return { operations };
};

function readOperation(
  operation: unknown,
  place: string,
  {
    pathsByOp,
    nullable,
  }: { pathsByOp: ReadonlyMap<string, FieldPaths>; nullable: ReadonlySet<string> },
): object {
  if (!isJsonObject(operation)) throw invalid(place, 'must be an object with an op');
  const { op, ...values } = operation;
  const paths = typeof op === 'string' ? pathsByOp.get(op) : undefined;
  if (paths === undefined)
    throw invalid(`${place}.op`, `must be one of ${[...pathsByOp.keys()].join(', ')}`);
  const input: OperationInput = {};
  // An inner input is sent even if it is empty: the schema requires it.
  for (const path of paths.values()) if (path.length > 1) setIn(input, path.slice(0, -1), {});
  for (const [key, value] of Object.entries(values)) {
    const path = paths.get(key);
    if (path === undefined) throw unknownNameError(key, [...paths.keys()], `${place}.`);
    if (isAbsent(key, value, nullable)) continue;
    setIn(input, path, key === 'as' ? inCapitals(value) : value);
  }
  return { [String(op)]: input };
}

/** Enum values are lower-case in REST. */
const inCapitals = (value: unknown): unknown =>
  typeof value === 'string' && value === value.toLowerCase() ? value.toUpperCase() : value;

interface OperationInput {
  [name: string]: unknown;
}

function setIn(
  input: OperationInput,
  [name = '', ...rest]: readonly string[],
  value: unknown,
): void {
  if (rest.length === 0) input[name] = value;
  else setIn(input[name] as OperationInput, rest, value);
}

/** An error of graphql-js about an operation, like `operations.0.title is required`; undefined for the list itself. */
export function toOperationError(message: string): ApiError | undefined {
  const { path, reason } = parseMessage(message);
  if (path === undefined) return undefined;
  // `operations.0.upsert.item.title` in the schema is `operations.0.title` in REST, beside `op`.
  const field = toSnakeCase(path.replace(/^(operations\.\d+)\.\w+(\.item\b)?/, '$1'));
  const missing = /^Field "(\w+)" of required type/.exec(reason)?.[1];
  if (missing !== undefined) return invalid(`${field}.${toSnakeCase(missing)}`, 'is required');
  if (reason.startsWith('Int ')) return invalid(field, 'must be a whole number');
  if (/^(String|ID) /.test(reason)) return invalid(field, 'must be a string');
  return invalid(field, /must .*/s.exec(reason)?.[0] ?? 'must not be null');
}
