import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  isLeafType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
  TypeInfo,
  typeFromAST,
  type ValueNode,
  type VariableDefinitionNode,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type ParameterNames, toSnakeCase } from './names.ts';
import type { Route } from './route.ts';

/** A route whose operation is parsed and validated. */
export interface Endpoint {
  route: Route;
  document: DocumentNode;
  /** True for a subscription. */
  isStream: boolean;
  variableDefinitions: readonly VariableDefinitionNode[];
  variableTypes: ReadonlyMap<string, GraphQLInputType>;
  /** The keys that a query string or a body may have. */
  parameters: ReadonlySet<string>;
  /** Parameter names, by the schema's names of arguments and fields: `columnName` is `column_name`. */
  parameterNames: ParameterNames;
  /** The parameters without which a request is refused. */
  required: ReadonlySet<string>;
  /** The fields of the written object that may be null: as a parameter, null removes their value. */
  nullableFields: ReadonlySet<string>;
  /** The response fields of the written object that are no parameters. */
  readOnlyFields: ReadonlySet<string>;
}

/** Throws if the route's operation is not valid in the schema, so that the process does not start. */
export function createEndpoint(route: Route, schema: GraphQLSchema): Endpoint {
  const document = parse(route.operation, { noLocation: true });
  const [error] = validate(schema, document);
  if (error)
    throw new Error(`${route.method} ${route.path} does not fit the schema: ${error.message}`);
  const operation = document.definitions[0] as OperationDefinitionNode;
  const variableDefinitions = operation.variableDefinitions ?? [];
  const variableTypes = new Map<string, GraphQLInputType>();
  for (const { variable, type: typeNode } of variableDefinitions) {
    const type = typeFromAST(schema, typeNode);
    if (isInputType(type)) variableTypes.set(variable.name.value, type);
  }
  const parameters = parametersOf(route, variableTypes);
  return {
    route,
    document,
    isStream: operation.operation === OperationTypeNode.SUBSCRIPTION,
    variableDefinitions,
    variableTypes,
    parameters,
    parameterNames: parameterNamesOf(route, document, variableTypes),
    required: new Set(
      variableDefinitions.flatMap(({ variable, type, defaultValue }) =>
        type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined ? [variable.name.value] : [],
      ),
    ),
    nullableFields: nullableFieldsOf(schema, operation),
    readOnlyFields: new Set(
      writtenFieldsOf(route, operation).filter((field) => !parameters.has(field)),
    ),
  };
}

/** A field of the object, and `contact_id` of its `contact`. */
function nullableFieldsOf(schema: GraphQLSchema, operation: OperationDefinitionNode): Set<string> {
  const names = new Set<string>();
  if (operation.operation !== OperationTypeNode.MUTATION) return names;
  const types = new TypeInfo(schema);
  visit(
    operation,
    visitWithTypeInfo(types, {
      Field: ({ name: { value }, alias }) => {
        const name = alias?.value ?? value;
        const type = types.getType();
        if (isLeafType(type)) names.add(name);
        if (isObjectType(type)) names.add(`${name}_id`);
      },
    }),
  );
  return names;
}

/** The variables that neither the path, a reader nor a file sets, the parameters with a reader, and the options of a file. */
function parametersOf(
  { path, readers = {}, file }: Route,
  variableTypes: ReadonlyMap<string, unknown>,
): Set<string> {
  const isInPath = (name: string) => path.split('/').includes(`:${name}`);
  const setByOthers = Object.values(readers).flatMap(({ sets }) => sets);
  if (file !== undefined) setByOthers.push(...file.sets);
  const unchanged = [...variableTypes.keys()].filter(
    (name) => !setByOthers.includes(name) && !isInPath(name),
  );
  return new Set([...unchanged, ...Object.keys(readers), ...Object.keys(file?.options ?? {})]);
}

/**
 * Finds the names in the document, like `columnName: $column_name` and `title: { contains: $search }`; and the paths of
 * elements, like `filter.and.1`.
 */
function parameterNamesOf(
  { readers = {} }: Route,
  document: DocumentNode,
  variableTypes: ReadonlyMap<string, GraphQLInputType>,
): ParameterNames {
  const names = new Map<string, string>();
  const addName = (name: string, value: ValueNode) => {
    const [only, ...others] = value.kind === Kind.OBJECT ? value.fields : [{ value }];
    if (only?.value.kind === Kind.VARIABLE && others.length === 0)
      names.set(name, only.value.name.value);
  };
  const addElements = (path: string, value: ValueNode) => {
    if (value.kind === Kind.OBJECT)
      for (const field of value.fields) addElements(`${path}.${field.name.value}`, field.value);
    if (value.kind === Kind.LIST)
      for (const [n, element] of value.values.entries()) addName(`${path}.${n}`, element);
  };
  visit(document, {
    Argument: ({ name, value }) => {
      addName(name.value, value);
      addElements(name.value, value);
    },
    ObjectField: ({ name, value }) => addName(name.value, value),
  });
  for (const [parameter, { sets, hasRestNames }] of Object.entries(readers)) {
    for (const variable of sets) names.set(variable, parameter);
    if (hasRestNames) addFieldNames(names, variableTypes.get(parameter));
  }
  return names;
}

/** Adds the fields of an input, and of those inside of it. */
function addFieldNames(names: Map<string, string>, type: GraphQLInputType | undefined): void {
  const namedType = type && getNamedType(type);
  if (!isInputObjectType(namedType)) return;
  for (const { name, type } of Object.values(namedType.getFields())) {
    const restName = toSnakeCase(name);
    if (restName !== name) names.set(name, restName);
    addFieldNames(names, type);
  }
}

/** The response fields of the object that a route writes. */
function writtenFieldsOf(
  { pick }: Route,
  { operation, selectionSet }: OperationDefinitionNode,
): string[] {
  if (pick === undefined || operation !== 'mutation') return [];
  const written = fieldsOf(fieldsOf(selectionSet).get('data')).get(pick);
  return [...fieldsOf(written).keys()];
}

/** The fields of a selection by their response names, each with its own selection. */
function fieldsOf(selectionSet: SelectionSetNode | undefined) {
  const fields = new Map<string, SelectionSetNode | undefined>();
  for (const node of selectionSet?.selections ?? []) {
    if (node.kind === Kind.FIELD) fields.set((node.alias ?? node.name).value, node.selectionSet);
  }
  return fields;
}
