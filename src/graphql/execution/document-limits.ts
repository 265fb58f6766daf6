import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { ErrorCode } from '../../errors.ts';
import { countComparisons, type Fragments } from './comparisons.ts';

/** The limits of a document; fragments count at each spread. */
export const documentLimits = {
  characters: 100_000,
  /** Each location in an error takes time linear to the lines before it. */
  lines: 4000,
  /** Bounds the time of the parser. */
  tokens: 4000,
  /** Brackets inside brackets. The parser and what follows it recurse: thousands can exhaust the stack. */
  nesting: 500,
  /** Fields, spreads, arguments, values and directives. */
  parts: 5000,
  /** Fields inside fields. */
  depth: 50,
  rootFields: 200,
  aliases: 500,
  /** Errors have the aliases of their paths, and rows one for each field. */
  aliasCharacters: 200,
  directives: 200,
  /** Comparisons of fields and fragments, by which validation finds conflicts. */
  comparisons: 10_000,
};

const descriptions: Readonly<Record<keyof typeof documentLimits, string>> = {
  characters: 'characters',
  lines: 'lines',
  tokens: 'tokens',
  nesting: 'levels of brackets inside brackets',
  parts: 'fields, arguments and values, counting those of a fragment at each spread',
  depth: 'levels of fields inside fields',
  rootFields: 'root fields',
  aliases: 'aliases, counting those of a fragment at each spread',
  aliasCharacters: 'characters in an alias',
  directives: 'directives, counting those of a fragment at each spread',
  comparisons: 'comparisons of fields that are selected repeatedly or through fragments',
};

/** Throws QUERY_TOO_LARGE where `actual` is above the limit. */
export function checkLimit(name: keyof typeof documentLimits, actual: number): void {
  const limit = documentLimits[name];
  if (actual <= limit) return;
  const code: ErrorCode = 'QUERY_TOO_LARGE';
  throw new GraphQLError(
    `The document has ${actual} ${descriptions[name]}; the limit is ${limit}.`,
    { extensions: { code } },
  );
}

/** The size of a selection set, with its fragments expanded. */
interface Size {
  parts: number;
  /** The deepest level of fields. */
  depth: number;
  /** Fields of the first level. */
  fields: number;
  aliases: number;
  directives: number;
}

const createSize = (): Size => ({ parts: 0, depth: 0, fields: 0, aliases: 0, directives: 0 });

/**
 * Checks the size of a document and the cost of its validation, in time linear to the expanded document. Throws
 * QUERY_TOO_LARGE, or VALIDATION_ERROR where a fragment spreads itself.
 */
export function checkDocument({ definitions }: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const measure = new DocumentMeasure(fragments);
  for (const fragment of fragments.values()) measure.sizeOfFragment(fragment.name.value);
  const total = createSize();
  const roots: SelectionSetNode[] = [];
  for (const node of definitions) {
    const isOperation = node.kind === Kind.OPERATION_DEFINITION;
    // Validation also visits fragments that no operation spreads.
    if (!isOperation && !(node.kind === Kind.FRAGMENT_DEFINITION && measure.isRoot(node))) continue;
    const size = measure.sizeOf(node.selectionSet);
    if (isOperation) total.fields = Math.max(total.fields, size.fields);
    for (const { defaultValue, directives } of node.variableDefinitions ?? []) {
      total.parts += 1 + partsOf(defaultValue) + partsOfArguments(directives);
    }
    addDirectives(total, node.directives);
    add(total, size);
    roots.push(node.selectionSet);
  }
  checkLimit('parts', total.parts);
  checkLimit('depth', total.depth);
  checkLimit('rootFields', total.fields);
  checkLimit('aliases', total.aliases);
  checkLimit('directives', total.directives);
  checkLimit('comparisons', countComparisons(roots, fragments));
}

class DocumentMeasure {
  readonly #fragments: Fragments;
  /** Undefined while the fragment is being measured. */
  readonly #sizes = new Map<string, Size | undefined>();
  readonly #spread = new Set<string>();

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  /** True for a fragment that is spread nowhere, and for one whose name is defined again. */
  isRoot(fragment: FragmentDefinitionNode): boolean {
    const name = fragment.name.value;
    return !this.#spread.has(name) || this.#fragments.get(name) !== fragment;
  }

  /** Measures each fragment once. */
  sizeOfFragment(name: string): Size {
    const fragment = this.#fragments.get(name);
    const existing = this.#sizes.get(name);
    if (existing !== undefined) return existing;
    if (this.#sizes.has(name)) throw spreadsItself(name, fragment);
    this.#sizes.set(name, undefined);
    const size = this.sizeOf(fragment?.selectionSet);
    addDirectives(size, fragment?.directives);
    this.#sizes.set(name, size);
    return size;
  }

  sizeOf(set: SelectionSetNode | undefined): Size {
    const size = createSize();
    for (const node of set?.selections ?? []) {
      size.parts += 1;
      addDirectives(size, node.directives);
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        this.#spread.add(node.name.value);
        const fragment = this.sizeOfFragment(node.name.value);
        size.fields += fragment.fields;
        add(size, fragment);
        continue;
      }
      const inner = this.sizeOf(node.selectionSet);
      if (node.kind === Kind.FIELD) {
        size.fields += 1;
        size.aliases += node.alias === undefined ? 0 : 1;
        checkLimit('aliasCharacters', node.alias?.value.length ?? 0);
        size.depth = Math.max(size.depth, inner.depth + 1);
        for (const { value } of node.arguments ?? []) size.parts += 1 + partsOf(value);
      } else size.fields += inner.fields;
      add(size, inner);
    }
    return size;
  }
}

/** Adds everything except the fields of the first level. */
function add(size: Size, inner: Size): void {
  size.parts += inner.parts;
  size.aliases += inner.aliases;
  size.directives += inner.directives;
  size.depth = Math.max(size.depth, inner.depth);
}

function addDirectives(size: Size, directives: readonly DirectiveNode[] = []): void {
  size.directives += directives.length;
  size.parts += partsOfArguments(directives);
}

const partsOfArguments = (directives: readonly DirectiveNode[] = []): number =>
  directives.reduce(
    (sum, { arguments: args = [] }) =>
      args.reduce((parts, { value }) => parts + 1 + partsOf(value), sum + 1),
    0,
  );

function partsOf(value: ValueNode | undefined): number {
  if (value === undefined) return 0;
  if (value.kind === Kind.LIST)
    return value.values.reduce((sum, element) => sum + partsOf(element), 1);
  if (value.kind === Kind.OBJECT)
    return value.fields.reduce((sum, field) => sum + partsOf(field.value), 1);
  return 1;
}

/** Validation would find it too, but the size of the expanded document would be infinite. */
const spreadsItself = (name: string, node: FragmentDefinitionNode | undefined) =>
  new GraphQLError(`Cannot spread fragment "${name}" within itself.`, { nodes: node ?? null });
