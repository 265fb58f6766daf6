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

/** What a selection depends on, beside the type that it is of. */
export interface SelectionContext {
  schema: GraphQLSchema;
  fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** The variables that `@include` and `@skip` ask for. */
  variables: Readonly<Record<string, unknown>>;
}

/** The nodes of each response key of an object, in the order of the answer: fragments opened, conditions decided. */
export function collectFields(
  sets: readonly (SelectionSetNode | undefined)[],
  type: GraphQLObjectType,
  scope: SelectionContext,
): Map<string, [FieldNode, ...FieldNode[]]> {
  const fields = new Map<string, [FieldNode, ...FieldNode[]]>();
  const seen = new Set<string>();
  const collect = (nodes: readonly SelectionNode[]): void => {
    for (const node of nodes) {
      if (!isIncluded(node, scope)) continue;
      if (node.kind === 'Field') {
        const key = (node.alias ?? node.name).value;
        const known = fields.get(key);
        if (known === undefined) fields.set(key, [node]);
        else known.push(node);
        continue;
      }
      if (node.kind === 'FragmentSpread') {
        if (seen.has(node.name.value)) continue;
        seen.add(node.name.value);
      }
      const fragment = node.kind === 'FragmentSpread' ? scope.fragments[node.name.value] : node;
      if (fragment && isFor(fragment, type, scope)) collect(fragment.selectionSet.selections);
    }
  };
  for (const set of sets) collect(set?.selections ?? []);
  return fields;
}

function isIncluded(node: SelectionNode, { variables }: SelectionContext): boolean {
  if (!node.directives?.length) return true;
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
  );
}

function isFor(
  { typeCondition }: FragmentDefinitionNode | InlineFragmentNode,
  type: GraphQLObjectType,
  { schema }: SelectionContext,
): boolean {
  if (typeCondition === undefined) return true;
  const wanted = typeFromAST(schema, typeCondition);
  return wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type));
}
