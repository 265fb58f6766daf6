import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { invalid } from '../errors.ts';
import { toGraphQLError } from '../fault.ts';

/** PostgreSQL holds every text but NUL characters; half a surrogate pair is no text at all. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const reason = 'has a NUL character or half a character (a lone surrogate), which no text can hold';

/** More levels than anything that the schema takes, and few enough that no stack runs out. */
const maxDepth = 100;

/** What is wrong with a variable, at any depth, in keys as well. */
function faultIn(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : reason;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > maxDepth) return 'is nested too deeply';
  for (const [key, child] of Object.entries(value)) {
    const fault = isStorable(key) ? faultIn(child, depth + 1) : reason;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const literals = (context: ValidationContext): ASTVisitor => ({
  StringValue(node) {
    if (!isStorable(node.value))
      context.reportError(new GraphQLError(`A text ${reason}.`, { nodes: node }));
  },
});

/** Refuses texts that cannot be stored, and variables without a bottom, before anything runs. */
export function useStorableText(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(literals);
    },
    onExecute({ args, setResultAndStopExecution }) {
      for (const [name, value] of Object.entries(args.variableValues ?? {})) {
        const fault = faultIn(value);
        if (fault === undefined) continue;
        setResultAndStopExecution({ errors: [toGraphQLError(invalid(name, fault))] });
        return;
      }
    },
  };
}
