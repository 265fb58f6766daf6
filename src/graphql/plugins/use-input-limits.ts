import {
  type ASTVisitor,
  type ExecutionResult,
  GraphQLError,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { checkInput, isStorableText, unstorableReason } from '../../limits/input.ts';
import { toGraphQLError } from '../../mask-error.ts';

const checkLiterals = (context: ValidationContext): ASTVisitor => ({
  StringValue(node) {
    if (!isStorableText(node.value))
      context.reportError(new GraphQLError(`A text ${unstorableReason}.`, { nodes: node }));
  },
});

/** Refuses strings that cannot be stored and variables that are nested too deeply, before execution. */
export function useInputLimits(): Plugin {
  const check = ({ args, setResultAndStopExecution }: Operation) => {
    try {
      for (const [name, value] of Object.entries(args.variableValues ?? {}))
        checkInput(name, value);
    } catch (error) {
      setResultAndStopExecution({ errors: [toGraphQLError(error)] });
    }
  };
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(checkLiterals);
    },
    onExecute: check,
    onSubscribe: check,
  };
}

/** The part of an execution or a subscription that is used here. */
interface Operation {
  args: { variableValues?: unknown };
  setResultAndStopExecution: (result: ExecutionResult) => void;
}
