import {
  type ASTVisitor,
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  isInputType,
  print,
  typeFromAST,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ApiError } from '../../errors.ts';
import { checkInput, isStorableText, unstorableReason } from '../../limits/input.ts';
import { toGraphQLError } from '../../mask-error.ts';
import { countCharacters } from '../execution/count-characters.ts';
import { checkNeededFields, missingFieldReason } from '../execution/needed-fields.ts';
import { countUses } from '../execution/variable-uses.ts';

/** Characters of variables that are used again, at each use after the first. */
const maxRepeated = 2 * 1024 * 1024;
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
  ObjectValue(node) {
    const type = context.getInputType() ?? undefined;
    const reason = missingFieldReason(
      type,
      node.fields.map(({ name }) => name.value),
    );
    if (reason !== undefined)
      context.reportError(new GraphQLError(`${print(node)} ${reason}`, { nodes: node }));
  },
});

/** Throws VALIDATION_ERROR for a variable with an input that lacks a needed field. */
function checkNeeded({ schema, document, operationName, variableValues }: Operation['args']): void {
  const operation = getOperationAST(document, operationName);
  for (const { variable, type } of operation?.variableDefinitions ?? []) {
    const name = variable.name.value;
    const value = variableValues?.[name];
    if (typeof value !== 'object') continue;
    const inputType = typeFromAST(schema, type);
    if (isInputType(inputType)) checkNeededFields(inputType, value, name);
  }
}

/**
 * Refuses strings that cannot be stored, variables that are nested too deeply, and inputs that lack a needed field, before
 * execution.
 */
export function useInputLimits(): Plugin {
  const check = ({ args, setResultAndStopExecution }: Operation) => {
    try {
      for (const [name, value] of Object.entries(args.variableValues ?? {}))
        checkInput(name, value);
      checkRepeated(args);
      checkNeeded(args);
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
    schema: GraphQLSchema;
    document: DocumentNode;
    operationName?: string | null;
  };
  setResultAndStopExecution: (result: ExecutionResult) => void;
}
