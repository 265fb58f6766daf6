import {
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';
import { ApiError, invalid } from '../errors.ts';
import { isJsonObject } from '../http/json-object.ts';
import { mustBeOneOf } from '../limits/nearest-name.ts';
import { isAbsent } from './absent.ts';
import { maxReportedErrors, mergeErrors } from './merge-errors.ts';
import { toSnakeCase } from './names.ts';
import { parseMessage } from './parameter-error.ts';
import { describeField, readField, toTypeError } from './readers/input-object.ts';
import type { ParameterReader } from './route.ts';
import { unknownNameError } from './unknown-name.ts';

/** The fields of an input of the schema, by their REST names, and their paths in it. */
type FieldPaths = ReadonlyMap<string, { path: readonly string[]; field: GraphQLInputField }>;

/** The fields of an input, with those of the required inputs inside of it on the same level. */
function fieldPathsOf(type: GraphQLInputType): FieldPaths {
  const paths = new Map<string, { path: readonly string[]; field: GraphQLInputField }>();
  const namedType = getNamedType(type);
  if (!isInputObjectType(namedType)) return paths;
  for (const field of Object.values(namedType.getFields())) {
    const { name, type } = field;
    const inner: FieldPaths = isNonNullType(type) ? fieldPathsOf(type) : new Map();
    if (inner.size === 0) paths.set(toSnakeCase(name), { path: [name], field });
    for (const [restName, { path, field }] of inner)
      paths.set(restName, { path: [name, ...path], field });
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
    const fields = [...fieldPathsOf(type)].map(([restName, { field }]) => ({ restName, field }));
    const required = fields.filter(({ field }) => isRequiredInputField(field));
    return {
      title: name,
      description,
      type: 'object',
      properties: {
        op: { type: 'string', const: name },
        ...Object.fromEntries(
          fields.map(({ restName, field }) => [
            restName,
            { ...describeField(field.type, schemas), description: field.description },
          ]),
        ),
      },
      required: ['op', ...required.map(({ restName }) => restName)],
      additionalProperties: false,
    };
  });
  return { type: 'array', items: { oneOf: forms } };
};

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
  if (paths === undefined) throw invalid(`${place}.op`, mustBeOneOf([...pathsByOp.keys()], op));
  const input: OperationInput = {};
  // An inner input is sent even if it is empty: the schema requires it.
  for (const { path } of paths.values()) if (path.length > 1) setIn(input, path.slice(0, -1), {});
  for (const [key, value] of Object.entries(values)) {
    const known = paths.get(key);
    if (known === undefined) throw unknownNameError(key, [...paths.keys()], `${place}.`);
    if (isAbsent(key, value, nullable)) continue;
    const { path, field } = known;
    setIn(input, path, readField(field.type, value, { place: `${place}.${key}`, nullable }));
  }
  return { [String(op)]: input };
}

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
  return toTypeError(field, reason);
}
