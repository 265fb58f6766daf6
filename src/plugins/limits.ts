import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Enough for a page with dozens of operations; few enough that parsing never takes long or deep. */
const maxTokens = 4000;

/** Fields of a document with its fragments opened wherever they are spread. */
const maxFields = 5000;

/** Counts the fields that an operation has once all fragments are opened; each fragment is looked at once. */
function countFields({ definitions }: DocumentNode): number {
  const fragments = new Map<string, SelectionSetNode>();
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node.selectionSet);
  }
  const known = new Map<string, number>();
  const countSpread = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    // One that spreads itself is refused by another rule.
    known.set(name, 0);
    const count = countIn(fragments.get(name));
    known.set(name, count);
    return count;
  };
  const countIn = (set: SelectionSetNode | undefined): number => {
    let count = 0;
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) count += countSpread(node.name.value);
      else count += (node.kind === Kind.FIELD ? 1 : 0) + countIn(node.selectionSet);
    }
    return count;
  };
  return definitions.reduce(
    (sum, node) => sum + (node.kind === Kind.OPERATION_DEFINITION ? countIn(node.selectionSet) : 0),
    0,
  );
}

const fewFields = (context: ValidationContext): ASTVisitor => ({
  Document(node) {
    if (countFields(node) <= maxFields) return;
    const message = `The document asks for more than ${maxFields} fields once its fragments are opened. Ask for less at once.`;
    context.reportError(new GraphQLError(message, { extensions: { code: 'QUERY_TOO_LARGE' } }));
  },
});

/** Bounds what a document may be: before it is parsed, and before it runs. */
export function useLimits(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source: string, options?: object) => parse(source, { ...options, maxTokens }));
    },
    onValidate({ addValidationRule }) {
      addValidationRule(fewFields);
    },
  };
}
