import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { checkInput, isStorableText, unstorableReason } from '../../limits/input.ts';
import { toGraphQLError } from '../../mask-error.ts';

const literals = (context: ValidationContext): ASTVisitor => ({
  StringValue(node) {
    if (!isStorableText(node.value))
      context.reportError(new GraphQLError(`A text ${unstorableReason}.`, { nodes: node }));
  },
});

/** Refuses texts that cannot be stored, and variables without a bottom, before anything runs. */
export function useInputLimits(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(literals);
    },
    onExecute({ args, setResultAndStopExecution }) {
      try {
        for (const [name, value] of Object.entries(args.variableValues ?? {}))
          checkInput(name, value);
      } catch (error) {
        setResultAndStopExecution({ errors: [toGraphQLError(error)] });
      }
    },
  };
}
