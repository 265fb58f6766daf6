import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  type OperationDefinitionNode,
  parse,
  typeFromAST,
} from 'graphql';
import type { Route } from '../../src/rest/route.ts';
import { type Ids, type Kind, kindOfParameter } from './endpoint-calls.ts';
import { inputTypesAlong, isId, kindsOf } from './id-kinds.ts';
import { type InputPath, inputPathsOf, leavesOf } from './input-paths.ts';
import { optionalFieldsAt, SampleInputs, selectionOf } from './sample-inputs.ts';

/** A request to the gateway, without its key. */
export interface SlotRequest {
  method: string;
  path: string;
  body?: object;
}

/** How a slot is filled: the id in it, the ids around it, and the optional inputs beside it. */
export interface Filling {
  id: string;
  ids: Ids;
  beside: readonly string[];
  /** Writes nothing, where the request is a write. */
  isDryRun: boolean;
}

/** One place in the schema or in an endpoint that takes an id. */
export interface IdSlot {
  place: string;
  /** Like `CreateItemInput.boardId`. */
  input: string;
  isWrite: boolean;
  kinds(): readonly Kind[];
  /** The optional inputs that may have to be set for the id to be used. */
  optional: readonly string[];
  request(filling: Filling): SlotRequest;
}

/** Every argument and input field of a schema that takes an id. */
export function graphqlSlots(schema: GraphQLSchema): IdSlot[] {
  return (
    inputPathsOf(schema)
      .filter(({ arg, path, type }) => isId({ type, names: [arg.name, ...path] }))
      // A filter of a stream or webhook shows with a change only. Its conditions are those of queries.
      .filter(({ owner, path }) => !(owner.startsWith('Subscription.') && path.length > 0))
      .filter(({ owner, path }) => !(owner.endsWith('Webhook') && path.includes('filter')))
      .map((inputPath) => graphqlSlot(schema, inputPath))
  );
}

function graphqlSlot(schema: GraphQLSchema, { place, owner, field, arg, path }: InputPath): IdSlot {
  const [typeName = '', fieldName = ''] = owner.split('.');
  const inputTypes = inputTypesAlong(arg.type, path);
  const returned = getNamedType(field.type);
  const idPlace = {
    names: [arg.name, ...path],
    containers: [fieldName, ...inputTypes],
    returned,
  };
  const isWrite = typeName === 'Mutation';
  const siblings = field.args.filter((other) => other !== arg && !isRequiredArgument(other));
  const optional = [
    ...optionalFieldsAt(arg.type, path),
    ...(isWrite ? [] : siblings.map(({ name }) => name)),
  ];
  return {
    place,
    input: `${inputTypes.at(-1) ?? owner}.${path.at(-1) ?? arg.name}`,
    isWrite,
    optional,
    kinds: () => kindsOf(schema, idPlace),
    request({ id, ids, beside, isDryRun }) {
      const samples = new SampleInputs(schema, ids);
      const args = field.args.filter(
        (other) => other === arg || isRequiredArgument(other) || beside.includes(other.name),
      );
      const variables = Object.fromEntries(
        args.map((other) => {
          const from = { names: [other.name], containers: [fieldName], returned };
          const wanted = other === arg ? { path, value: id, beside } : { path: undefined, beside };
          return [other.name, samples.of(other.type, from, wanted)];
        }),
      );
      const hasDryRun = field.args.some(({ name }) => name === 'validateOnly');
      if (isDryRun && hasDryRun) variables.validateOnly = true;
      const names = Object.keys(variables);
      const typeOf = (name: string) => field.args.find((other) => other.name === name)?.type;
      const call = `${fieldName}(${names.map((name) => `${name}: $${name}`)}) ${selectionOf(field.type)}`;
      const operation = { Mutation: 'mutation', Subscription: 'subscription' }[typeName] ?? 'query';
      const query = `${operation} (${names.map((name) => `$${name}: ${typeOf(name)}`)}) {
        ${samples.selectionTo(typeName)(call)} }`;
      return { method: 'POST', path: '/graphql', body: { query, variables } };
    },
  };
}

interface Variable {
  name: string;
  type: GraphQLInputType;
  isRequired: boolean;
}

function variablesOf(schema: GraphQLSchema, { operation }: Route): Variable[] {
  const [definition] = parse(operation).definitions as OperationDefinitionNode[];
  return (definition?.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => {
    const inputType = typeFromAST(schema, type as never) as GraphQLInputType;
    const isRequired = isNonNullType(inputType) && defaultValue === undefined;
    return { name: variable.name.value, type: inputType, isRequired };
  });
}

/** The name in REST of a name of the schema. */
const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** A value in the form of a batch: `{create: {columnId}}` is `{op: 'create', column_id}`. */
function toRestForm(value: unknown, type: GraphQLInputType): unknown {
  const named = getNamedType(type);
  if (Array.isArray(value)) return value.map((one) => toRestForm(one, named));
  if (!isInputObjectType(named) || !named.isOneOf) return value;
  const flatten = (input: object): [string, unknown][] =>
    Object.entries(input).flatMap(([name, inner]) =>
      name === 'item' ? flatten(inner) : [[snake(name), inner]],
    );
  const [[op = '', input] = []] = Object.entries(value as Record<string, object>);
  return { op, ...Object.fromEntries(flatten(input ?? {})) };
}

/** Every parameter of the endpoints that takes an id, in the path, the query or the body. */
export const restSlots = (schema: GraphQLSchema, routes: readonly Route[]): IdSlot[] =>
  routes.flatMap((route) => {
    const variables = variablesOf(schema, route);
    // A reader sets variables of other names from its parameter: the value filters cannot contain ids, for example.
    const isParameter = ({ name }: Variable) =>
      !Object.values(route.readers ?? {}).some(
        ({ sets }) => sets.includes(name) && route.readers?.[name] === undefined,
      );
    // The ids in a file are those of a batch, or are set by the code.
    const isOfFile = ({ name }: Variable) => route.file?.sets.includes(name) ?? false;
    const isStored = ({ name }: Variable) =>
      name === 'filter' && route.path.startsWith('/webhooks');
    return variables
      .filter((one) => isParameter(one) && !isStored(one) && !isOfFile(one))
      .flatMap((variable) =>
        leavesOf(variable.type)
          .filter(({ path, type }) => isId({ type, names: [variable.name, ...path] }))
          .filter(({ path }) => !(route.operation.startsWith('subscription') && path.length > 0))
          .map((leaf) => restSlot(schema, { route, variables, variable, path: leaf.path })),
      );
  });

interface Parameter {
  route: Route;
  variables: readonly Variable[];
  variable: Variable;
  path: readonly string[];
}

function restSlot(schema: GraphQLSchema, { route, variables, variable, path }: Parameter): IdSlot {
  const inputTypes = inputTypesAlong(variable.type, path);
  const isWrite = route.operation.startsWith('mutation');
  const isInPath = (name: string) => route.path.split('/').includes(`:${name}`);
  const optional = variables.filter((other) => other !== variable && !other.isRequired);
  return {
    place: [route.method, route.path, variable.name, ...path].join(' '),
    input: `${route.method} ${route.path} ${[variable.name, ...path].join(' ')}`,
    isWrite,
    optional: [
      ...optionalFieldsAt(variable.type, path),
      ...optional.map(({ name }) => name).filter((name) => !route.readers?.[name]),
    ],
    kinds: () =>
      path.length === 0
        ? [kindOfParameter(variable.name, route)]
        : kindsOf(schema, {
            names: [variable.name, ...path],
            containers: [route.path, ...inputTypes],
          }),
    request({ id, ids, beside, isDryRun }) {
      const samples = new SampleInputs(schema, ids);
      const inputOf = (other: Variable) => {
        if (other === variable && path.length === 0)
          return isListType(isNonNullType(other.type) ? other.type.ofType : other.type) ? [id] : id;
        if (
          other !== variable &&
          isId({ type: String(getNamedType(other.type)), names: [other.name] })
        ) {
          const own = ids[kindOfParameter(other.name, route)];
          return String(other.type).startsWith('[') ? [own] : own;
        }
        const wanted =
          other === variable ? { path, value: id, beside } : { path: undefined, beside };
        const place = { names: [other.name], containers: [route.path] };
        const value = toRestForm(samples.of(other.type, place, wanted), other.type);
        return isEnumType(getNamedType(other.type)) ? String(value).toLowerCase() : value;
      };
      const parameters = Object.fromEntries(
        variables
          .filter((other) => other === variable || other.isRequired || beside.includes(other.name))
          .map((other) => [other.name, inputOf(other)]),
      );
      const hasDryRun = variables.some(({ name }) => name === 'validate_only');
      if (isDryRun && hasDryRun) parameters.validate_only = true;
      const url = route.path.replace(/:(\w+)/g, (_, name) => String(parameters[name]));
      const others = Object.entries(parameters).filter(([name]) => !isInPath(name));
      if (route.method !== 'GET')
        return { method: route.method, path: `/api/crm${url}`, body: Object.fromEntries(others) };
      const query = new URLSearchParams(others.map(([name, value]) => [name, String(value)]));
      return { method: 'GET', path: `/api/crm${url}?${query}` };
    },
  };
}
