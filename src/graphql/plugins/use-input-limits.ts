import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { checkStorable, isStorable, reason } from '../../limits/input.ts';
import { toGraphQLError } from '../../mask-error.ts';

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
      try {
        for (const [name, value] of Object.entries(args.variableValues ?? {}))
          checkStorable(name, value);
      } catch (error) {
        setResultAndStopExecution({ errors: [toGraphQLError(error)] });
      }
    },
  };
}
