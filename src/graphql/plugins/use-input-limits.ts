import {
  type ASTVisitor,
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ApiError } from '../../errors.ts';
import { checkInput, isStorableText, unstorableReason } from '../../limits/input.ts';
import { toGraphQLError } from '../../mask-error.ts';
import { countCharacters } from '../execution/count-characters.ts';
import { countUses } from '../execution/variable-uses.ts';

/** Characters of variables that are used again, at each use after the first. */
const maxRepeated = 512 * 1024;
/** Shorter variables stay below it in any document. */
const minCounted = 400;

/** Each use of a variable has copies of its text: in statements that wait, in keys of loaders, in cursors. */
function checkRepeated({ variableValues, document, operationName }: Operation['args']): void {
  let uses: ReturnType<typeof countUses> | undefined;
  let repeated = 0;
  for (const [name, value] of Object.entries(variableValues ?? {})) {
    let size = 0;
    countCharacters(value, (characters) => {
      size += characters;
    });
    if (size < minCounted) continue;
    uses ??= countUses(document, operationName);
    repeated += size * Math.max(0, (uses.get(name) ?? 0) - 1);
  }
  if (repeated > maxRepeated)
    throw new ApiError(
      'QUERY_TOO_LARGE',
      `The document uses variables again that have ${repeated} characters, counting them at each use; the limit is ${maxRepeated}.`,
    );
}

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
      checkRepeated(args);
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
  args: {
    variableValues?: Readonly<Record<string, unknown>> | null;
    document: DocumentNode;
    operationName?: string | null;
  };
  setResultAndStopExecution: (result: ExecutionResult) => void;
}
