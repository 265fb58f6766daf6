import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** How often an operation uses each variable, counting the uses in a fragment at each spread. Needs a checked document. */
export function countUses(
  document: DocumentNode,
  operationName: string | null | undefined,
): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const countIn = (value: ValueNode): void => {
    if (value.kind === Kind.VARIABLE)
      uses.set(value.name.value, (uses.get(value.name.value) ?? 0) + 1);
    else if (value.kind === Kind.LIST) value.values.forEach(countIn);
    else if (value.kind === Kind.OBJECT) for (const field of value.fields) countIn(field.value);
  };
  const countArguments = (args: readonly ArgumentNode[] = []): void => {
    for (const { value } of args) countIn(value);
  };
  const countDirectives = (directives: readonly DirectiveNode[] = []): void => {
    for (const directive of directives) countArguments(directive.arguments);
  };
  const countSelections = (set: SelectionSetNode | undefined): void => {
    for (const node of set?.selections ?? []) {
      countDirectives(node.directives);
      if (node.kind === Kind.FIELD) countArguments(node.arguments);
      const isSpread = node.kind === Kind.FRAGMENT_SPREAD;
      countSelections(isSpread ? fragments.get(node.name.value)?.selectionSet : node.selectionSet);
    }
  };
  countSelections(getOperationAST(document, operationName)?.selectionSet);
  return uses;
}
