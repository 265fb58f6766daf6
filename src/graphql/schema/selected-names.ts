import type { GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/**
 * The names of the fields that are selected somewhere below: hints of what to fetch along. Directives are not looked at;
 * a wrong guess costs a little and changes nothing.
 */
export function selectedNames({ fieldNodes, fragments }: GraphQLResolveInfo): Set<string> {
  const names = new Set<string>();
  // Each fragment once: they may spread each other so often that no end would be seen.
  const seen = new Set<string>();
  const collect = (set: SelectionSetNode | undefined): void => {
    for (const node of set?.selections ?? []) {
      if (node.kind === 'FragmentSpread') {
        const { value } = node.name;
        if (seen.has(value)) continue;
        seen.add(value);
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
