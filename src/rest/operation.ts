import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getVariableValues,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  parse,
  typeFromAST,
  validate,
  visit,
} from 'graphql';
import { type ErrorDetail, invalid } from '../errors.ts';
import { checkInput } from '../limits/input.ts';
import { nearest, unknownKeyError } from './did-you-mean.ts';
import { wireName } from './envelope.ts';
import { maxErrors, mergeErrors } from './merge-errors.ts';
import { type Route, readOnlyKeys } from './routes.ts';
import { isObject } from './search-body.ts';

type Variables = Readonly<Record<string, unknown>>;

/** A row of the table, parsed and checked once. */
export interface RestOperation {
  route: Route;
  document: DocumentNode;
  /** The variables, each with its type. */
  types: ReadonlyMap<string, GraphQLInputType>;
  /** The one operation of the document. */
  definitions: OperationDefinitionNode;
  /** What the schema calls a field, and what the wire does. */
  wireNames: ReadonlyMap<string, string>;
  /** The keys that query or body may have. */
  parameters: ReadonlySet<string>;
  /** The variables that are objects with a default: to them a null is as good as nothing. */
  optional: ReadonlySet<string>;
}

/** Prepares a row; one that does not fit the schema throws, so that the process stops at its start. */
export function prepareOperation(route: Route, schema: GraphQLSchema): RestOperation {
  const document = parse(route.operation, { noLocation: true });
  const [fault] = validate(schema, document);
  if (fault)
    throw new Error(`${route.method} ${route.path} does not fit the schema: ${fault.message}`);
  const definitions = document.definitions[0] as OperationDefinitionNode;
  const types = new Map<string, GraphQLInputType>();
  for (const { variable, type } of definitions.variableDefinitions ?? []) {
    const found = typeFromAST(schema, type);
    if (isInputType(found)) types.set(variable.name.value, found);
  }
  return {
    route,
    document,
    types,
    definitions,
    wireNames: namesOf(document, route),
    parameters: parametersOf(route, types),
    optional: new Set(
      (definitions.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
        defaultValue?.kind === Kind.OBJECT ? [variable.name.value] : [],
      ),
    ),
  };
}

function parametersOf(
  { path, reads = {} }: Route,
  types: ReadonlyMap<string, unknown>,
): Set<string> {
  const filled = Object.values(reads).flatMap(({ fills }) => fills);
  const inPath = path
    .split('/')
    .filter((part) => part.startsWith(':'))
    .map((part) => part.slice(1));
  const direct = [...types.keys()].filter(
    (name) => !filled.includes(name) && !inPath.includes(name),
  );
  return new Set([...direct, ...Object.keys(reads)]);
}

/** `columnName: $column_name` in a document says that the wire calls it `column_name`. */
function namesOf(document: DocumentNode, { reads = {}, names: told = {} }: Route) {
  const names = new Map<string, string>();
  const note = (node: { name: { value: string }; value: { kind: string } }) => {
    if (node.value.kind === Kind.VARIABLE) {
      names.set(node.name.value, (node.value as unknown as { name: { value: string } }).name.value);
    }
  };
  visit(document, { Argument: note, ObjectField: note });
  for (const [key, { fills }] of Object.entries(reads)) {
    for (const variable of fills) names.set(variable, key);
  }
  for (const [field, name] of Object.entries(told)) names.set(field, name);
  return names;
}

/**
 * What a request says, by parameter: URL text is read by its variable's type, a body as it is. A name that is a parameter
 * of another endpoint is refused.
 */
export function readQuery(
  { parameters, types }: RestOperation,
  query: URLSearchParams,
  others: ReadonlySet<string>,
): Variables {
  const given: Record<string, unknown> = {};
  for (const [name, text] of query) {
    if (!parameters.has(name)) {
      // What means nothing to any endpoint is left alone: proxies and browsers add to addresses.
      if (others.has(name) || nearest(name, parameters)) throw unknownKeyError(name, parameters);
      continue;
    }
    if (name in given) throw invalid(name, 'must not be given twice');
    const type = getNullableType(types.get(name));
    const isNumber = type?.toString() === 'Int' && /^-?\d{1,15}$/.test(text);
    if (text !== '' || type?.toString() !== 'ID') given[name] = isNumber ? Number(text) : text;
  }
  return given;
}

/** The parameters in a body. Unknown keys are refused by name; an item's read-only fields are passed over. */
export function readBody({ parameters, route }: RestOperation, body: unknown): Variables {
  if (!isObject(body)) throw invalid('body', 'must be a JSON object');
  // An item that was fetched and is sent back whole: it does not ask for the place that it happens to have.
  const isWhole =
    route.pick === 'item' && ['id', 'created_at', 'updated_at'].every((key) => key in body);
  const given: [string, unknown][] = [];
  for (const [key, value] of Object.entries(body)) {
    if (route.pick === 'item' && readOnlyKeys.has(key) && (isWhole || !parameters.has(key)))
      continue;
    if (parameters.has(key)) given.push([key, value]);
    else throw unknownKeyError(key, parameters);
  }
  return Object.fromEntries(given);
}

/** The operation's variables, checked and with their defaults. Throws VALIDATION_ERROR, naming the parameter. */
export function toVariables(operation: RestOperation, given: Variables, schema: GraphQLSchema) {
  const { reads = {} } = operation.route;
  const raw: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    checkInput(name, value);
    if (value === null && operation.optional.has(name)) continue;
    const reader = reads[name];
    if (reader !== undefined) {
      if (value != null) Object.assign(raw, reader.read(value));
    } else raw[name] = readPlain(operation.types.get(name), name, value);
  }
  const { coerced, errors } = getVariableValues(
    schema,
    operation.definitions.variableDefinitions ?? [],
    raw,
    { maxErrors: maxErrors },
  );
  if (errors !== undefined) {
    const told = errors.slice(0, maxErrors).map((error) => explain(operation, error, raw));
    throw mergeErrors(told[0] ?? invalid('body', 'is not valid'), told);
  }
  return { raw, coerced };
}

/** An enum's values are written in lower case on the wire, and a list is never one bare value. */
function readPlain(type: GraphQLInputType | undefined, name: string, value: unknown): unknown {
  if (isListType(getNullableType(type)) && value != null && !Array.isArray(value)) {
    throw invalid(name, `must be ${describe(type)}`);
  }
  const named = type && getNamedType(type);
  if (!isEnumType(named) || value == null) return value;
  const choices = named.getValues().map((choice) => choice.name.toLowerCase());
  if (typeof value === 'string' && choices.includes(value)) return value.toUpperCase();
  throw invalid(name, `must be one of ${choices.join(', ')}`);
}

/** An executor's complaint about a variable, in the words of the wire. */
function explain(
  { route, types, wireNames }: RestOperation,
  error: GraphQLError | undefined,
  raw: Variables,
) {
  const variable = /^Variable "\$(\w+)"/.exec(error?.message ?? '')?.[1];
  if (variable === undefined) return invalid('body', 'is nested too deeply');
  const name = wireNames.get(variable) ?? variable;
  if (!(variable in raw)) return invalid(name, 'is required');
  const told = route.reads?.[name]?.explain?.(error?.message ?? '');
  if (told !== undefined) return told;
  const own = error?.originalError?.message ?? '';
  if (own.startsWith('must ')) return invalid(name, own);
  const type = types.get(variable);
  if (isInputObjectType(getNullableType(type))) return explainPart(name, error, own);
  return invalid(name, `must be ${describe(type)}`);
}

/** What is wrong inside of a parameter that is an object, and where in it. */
function explainPart(name: string, error: GraphQLError | undefined, own: string) {
  const [, path, reason] = / at "([^"]+)"; (.*)$/s.exec(error?.message ?? '') ?? [];
  const place = path?.replace(/\[(\d+)\]/g, '.$1') ?? name;
  return invalid(place, `is not valid: ${own || reason || 'it must be an object'}`);
}

function describe(type: GraphQLInputType | undefined): string {
  const plain = getNullableType(type);
  if (isListType(plain)) return 'a list of strings';
  switch (plain?.toString()) {
    case 'Int':
      return 'a whole number';
    case 'Boolean':
      return 'true or false';
    default:
      return 'a string';
  }
}

/** A field of the schema as the wire calls it, in a message and its details. */
export function toWireError<F extends { message: string; details: readonly ErrorDetail[] }>(
  { wireNames }: RestOperation,
  fault: F,
): { message: string; details: ErrorDetail[] } {
  const [first] = fault.details;
  const wire = first && wireNames.get(first.field);
  const message =
    first && wire && fault.message.startsWith(`${first.field} `)
      ? wire + fault.message.slice(first.field.length)
      : fault.message;
  return {
    message,
    details: fault.details.map(({ field, message }) => ({
      field: wireNames.get(field) ?? wireName(field),
      message,
    })),
  };
}
