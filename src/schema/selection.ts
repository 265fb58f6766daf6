import type { FragmentDefinitionNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/**
 * True where a field of this name is selected somewhere below: a hint to fetch it along. Directives are not looked at;
 * a wrong guess costs a little and changes nothing.
 */
export const selects = ({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean =>
  fieldNodes.some(({ selectionSet }) => selectionSet && isIn(selectionSet, name, fragments));

function isIn({ selections }: SelectionSetNode, name: string, fragments: Fragments): boolean {
  return selections.some((node) => {
    if (node.kind === 'Field' && node.name.value === name) return true;
    const below = node.kind === 'FragmentSpread' ? fragments[node.name.value] : node;
    return below?.selectionSet !== undefined && isIn(below.selectionSet, name, fragments);
  });
}
