import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { invalid } from '../errors.ts';
import { toGraphQLError } from '../fault.ts';

/** PostgreSQL holds every text but NUL characters; half a surrogate pair is no text at all. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const reason = 'has a NUL character or half a character (a lone surrogate), which no text can hold';

/** The name of the variable that holds an unstorable text, at any depth, in keys as well. */
const holdsUnstorable = (value: unknown): boolean => {
  if (typeof value === 'string') return !isStorable(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, child]) => !isStorable(key) || holdsUnstorable(child));
};

const literals = (context: ValidationContext): ASTVisitor => ({
  StringValue(node) {
    if (!isStorable(node.value))
      context.reportError(new GraphQLError(`A text ${reason}.`, { nodes: node }));
  },
});

/** Refuses texts that cannot be stored, wherever they stand, before anything runs. */
export function useStorableText(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(literals);
    },
    onExecute({ args, setResultAndStopExecution }) {
      for (const [name, value] of Object.entries(args.variableValues ?? {})) {
        if (!holdsUnstorable(value)) continue;
        setResultAndStopExecution({ errors: [toGraphQLError(invalid(name, reason))] });
        return;
      }
    },
  };
}
