import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  type ValidationRule,
  validate,
} from 'graphql';

/** Validation stops after this many errors: each may have 20 locations. */
const maxErrors = 5;

/** Returns the errors of a document that `parseDocument` has accepted. */
export const validateDocument = (
  schema: GraphQLSchema,
  document: DocumentNode,
  rules?: readonly ValidationRule[],
): readonly GraphQLError[] => validate(schema, document, rules, { maxErrors });
