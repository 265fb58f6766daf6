import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  type InlineFragmentNode,
  isAbstractType,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';

/** Everything besides its type that a selection set depends on. */
export interface SelectionContext {
  schema: GraphQLSchema;
  fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Coerced variables, for `@include` and `@skip`. */
  variables: Readonly<Record<string, unknown>>;
}

/**
 * CollectFields of the GraphQL specification for several merged selection sets: the field nodes of each response key,
 * in response order. Throws a GraphQLError where a directive's argument is invalid.
 */
export function collectFields(
  selectionSets: readonly (SelectionSetNode | undefined)[],
  type: GraphQLObjectType,
  context: SelectionContext,
): Map<string, [FieldNode, ...FieldNode[]]> {
  const fields = new Map<string, [FieldNode, ...FieldNode[]]>();
  const visitedFragments = new Set<string>();
  const collect = (selections: readonly SelectionNode[]): void => {
    for (const node of selections) {
      if (!isIncluded(node, context)) continue;
      if (node.kind === 'Field') {
        const key = (node.alias ?? node.name).value;
        const nodes = fields.get(key);
        if (nodes === undefined) fields.set(key, [node]);
        else nodes.push(node);
        continue;
      }
      if (node.kind === 'FragmentSpread') {
        if (visitedFragments.has(node.name.value)) continue;
        visitedFragments.add(node.name.value);
      }
      const fragment = node.kind === 'FragmentSpread' ? context.fragments[node.name.value] : node;
      if (fragment && doesFragmentApply(fragment, type, context))
        collect(fragment.selectionSet.selections);
    }
  };
  for (const selectionSet of selectionSets) collect(selectionSet?.selections ?? []);
  return fields;
}

function isIncluded(node: SelectionNode, { variables }: SelectionContext): boolean {
  if (!node.directives?.length) return true;
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
  );
}

function doesFragmentApply(
  { typeCondition }: FragmentDefinitionNode | InlineFragmentNode,
  type: GraphQLObjectType,
  { schema }: SelectionContext,
): boolean {
  if (typeCondition === undefined) return true;
  const conditionType = typeFromAST(schema, typeCondition);
  return (
    conditionType === type ||
    (isAbstractType(conditionType) && schema.isSubType(conditionType, type))
  );
}
