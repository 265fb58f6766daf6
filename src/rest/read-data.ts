import type { ExecutionResult } from 'graphql';
import { ApiError } from '../errors.ts';
import type { Context } from '../request/context.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointError } from './error-response.ts';
import type { Variables } from './variables.ts';

/** Executes an operation with all plugins of the GraphQL server; without `coerced`, the variables have no defaults. */
export type RunOperation = (
  operation: Pick<Endpoint, 'document'>,
  variables: Pick<Variables, 'raw'> & Partial<Variables>,
  context: Context,
) => Promise<ExecutionResult>;

/**
 * Runs an endpoint's operation, and returns the part of its result that goes into the envelope. Throws EndpointError, or
 * the route's `notFound`.
 */
export type ReadData = (
  endpoint: Endpoint,
  variables: Pick<Variables, 'raw'> & Partial<Variables>,
  context: Context,
) => Promise<unknown>;

/** Reads data by running operations. */
export const createReadData =
  (runOperation: RunOperation): ReadData =>
  async (endpoint, variables, context) => {
    const { data, errors } = await runOperation(endpoint, variables, context);
    if (errors?.[0]) throw new EndpointError(endpoint, errors[0]);
    const { method, path, notFound, pick } = endpoint.route;
    if (data?.data != null)
      return pick === undefined ? data.data : (data.data as Record<string, unknown>)[pick];
    if (notFound === undefined) throw new Error(`${method} ${path} returned null`);
    throw new ApiError(notFound.code, notFound.message(variables.coerced ?? variables.raw));
  };
