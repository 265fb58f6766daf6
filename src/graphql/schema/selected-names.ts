import type { GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/**
 * The names of all fields selected below a field, at any depth: hints of what to fetch. Directives are ignored: a wrong
 * hint costs some time and changes no result.
 */
export function selectedNames({ fieldNodes, fragments }: GraphQLResolveInfo): Set<string> {
  const names = new Set<string>();
  // Each fragment is read once: nested spreads could repeat it exponentially often.
  const fragmentNames = new Set<string>();
  const collect = (set: SelectionSetNode | undefined): void => {
    for (const node of set?.selections ?? []) {
      if (node.kind === 'FragmentSpread') {
        const { value } = node.name;
        if (fragmentNames.has(value)) continue;
        fragmentNames.add(value);
        collect(fragments[value]?.selectionSet);
      } else {
        if (node.kind === 'Field') names.add(node.name.value);
        collect(node.selectionSet);
      }
    }
  };
  for (const { selectionSet } of fieldNodes) collect(selectionSet);
  return names;
}
