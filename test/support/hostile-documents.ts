const many = (count: number, part: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');

/** Documents of a size that are expensive to validate or to plan, by what makes them so. */
export const hostileDocuments: Readonly<Record<string, (size: number) => string>> = {
  'fields under aliases': (n) => `{ boards { nodes { ${many(n, (i) => `a${i}: id`)} } } }`,
  'objects under aliases': (n) =>
    `{ boards { nodes { ${many(n, (i) => `a${i}: columns { nodes { id } }`)} } } }`,
  'a field repeated': (n) => `{ boards { nodes { ${many(n, () => 'id')} } } }`,
  'an object repeated': (n) =>
    `{ boards { nodes { ${many(n, () => 'columns { nodes { id name } }')} } } }`,
  'a field in inline fragments': (n) =>
    `{ boards { nodes { ${many(n, () => '... on Board { id }')} } } }`,
  'a field in nested inline fragments': (n) =>
    `{ boards { nodes { ${'... { id '.repeat(n)} ${'}'.repeat(n)} } } }`,
  'different arguments': (n) =>
    `{ boards { nodes { ${many(n, (i) => `items(first: ${i}) { totalCount }`)} } } }`,
  'different fields under one alias': (n) =>
    `{ boards { nodes { ${many(n, (i) => `x: ${['id', 'name', 'itemsCount'][i % 3]}`)} } } }`,
  'fragments of one field': (n) =>
    `{ boards { nodes { ${many(n, (i) => `...F${i}`)} } } } ${many(n, (i) => `fragment F${i} on Board { id }`)}`,
  'fragments of many fields': (n) =>
    `{ boards { nodes { ${many(n, (i) => `...F${i}`)} } } } ${many(n, (i) => `fragment F${i} on Board { ${many(10, (j) => `k${i}_${j}: id`)} }`)}`,
  'a chain of fragments': (n) =>
    `{ boards { nodes { ...F0 } } } ${many(n, (i) => `fragment F${i} on Board { id ...F${i + 1} }`)} fragment F${n} on Board { id }`,
  'fragments that no operation spreads': (n) =>
    `{ boards { totalCount } } ${many(n, (i) => `fragment F${i} on Board { ${many(60, () => 'id')} }`)}`,
  'fragments of one name': (n) =>
    `{ boards { nodes { ...F } } } ${many(n, () => `fragment F on Board { ${many(60, () => 'id')} }`)}`,
  'one fragment under aliases': (n) =>
    `{ boards { nodes { ${many(n, (i) => `a${i}: columns { ...F }`)} } } } fragment F on ColumnConnection { nodes { id name itemsCount board { id name } } }`,
  'fragments spread twice, each in the next': (n) =>
    `{ boards { ...F0 } } ${many(n, (i) => `fragment F${i} on BoardConnection { ...F${i + 1} ...F${i + 1} }`)} fragment F${n} on BoardConnection { totalCount }`,
  'operations with one fragment': (n) =>
    `${many(n, (i) => `query A${i} { boards { ...F } }`)} fragment F on BoardConnection { nodes { id name } }`,
  'variables in operations with one fragment': (n) =>
    `${many(n, (i) => `query A${i}($a: Int) { ...F }`)} fragment F on Query { ${many(20, (i) => `a${i}: boards(first: $a) { totalCount }`)} }`,
  variables: (n) =>
    `query (${many(n, (i) => `$v${i}: ID!`)}) { nodes(ids: [${many(n, (i) => `$v${i}`)}]) { id } }`,
  'objects in a literal': (n) =>
    `{ items(filter: { or: [${many(n, () => '{}')}] }) { totalCount } }`,
  'texts in a literal': (n) => `{ nodes(ids: [${many(n, () => '"a"')}]) { id } }`,
  'lists in a literal': (n) => `{ nodes(ids: ${'['.repeat(n)}${']'.repeat(n)}) { id } }`,
  directives: (n) => `{ boards { totalCount ${many(n, () => '@skip(if: false)')} } }`,
  'unknown fields': (n) => `{ boards { nodes { ${many(n, (i) => `a${i}: nam`)} } } }`,
  'unknown types': (n) => `{ boards { nodes { ${many(n, () => '... on Bord { id }')} } } }`,
  'unknown fields after many lines': (n) =>
    `${'\n'.repeat(n)}{ boards { nodes { ${many(20, (i) => `x: ${['id', 'name'][i % 2]}`)} } } }`,
  comments: (n) => `${'#\n'.repeat(n)}{ boards { totalCount } }`,
};

/** The largest size for which `isAccepted` holds, at most `highest`. */
export function largestSize(isAccepted: (size: number) => boolean, highest = 100_000): number {
  let [low, high] = [1, highest];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isAccepted(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
