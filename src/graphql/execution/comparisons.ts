import { type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** The fields of one response key. */
interface Group {
  fields: number;
  selectionSets: SelectionSetNode[];
}

/**
 * How many comparisons graphql-js makes at most to find fields that cannot be merged. For each place in the response it
 * compares all fields of the same response key, and all pairs of selection sets and fragments. Takes time linear to the
 * document with its fragments expanded, and needs one without cycles.
 */
export function countComparisons(roots: readonly SelectionSetNode[], fragments: Fragments): number {
  let comparisons = 0;
  const countIn = (selectionSets: readonly SelectionSetNode[]): void => {
    const groups = new Map<string, Group>();
    const visited = new Set<string>();
    let collections = selectionSets.length;
    let fields = 0;
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const node of selections) {
        if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet);
        else if (node.kind === Kind.FRAGMENT_SPREAD) {
          collections += 1;
          const fragment = fragments.get(node.name.value);
          if (fragment === undefined || visited.has(node.name.value)) continue;
          visited.add(node.name.value);
          collect(fragment.selectionSet);
        } else {
          fields += 1;
          const key = (node.alias ?? node.name).value;
          const group = groups.get(key) ?? { fields: 0, selectionSets: [] };
          if (group.fields === 0) groups.set(key, group);
          group.fields += 1;
          if (node.selectionSet !== undefined) group.selectionSets.push(node.selectionSet);
        }
      }
    };
    for (const selectionSet of selectionSets) collect(selectionSet);
    // A pair of collections costs one comparison, and one for each field of the first.
    comparisons += pairsOf(collections) + Math.ceil((fields * (collections - 1)) / 2);
    for (const group of groups.values()) {
      comparisons += pairsOf(group.fields);
      if (group.selectionSets.length > 0) countIn(group.selectionSets);
    }
  };
  for (const root of roots) countIn([root]);
  return comparisons;
}

const pairsOf = (count: number): number => (count * (count - 1)) / 2;
