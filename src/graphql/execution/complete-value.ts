import type { GraphQLLeafType } from 'graphql';
import { isPromise, type MaybePromise } from './maybe-promise.ts';
import { type PlanRun, UnsupportedByPlan } from './planned-field.ts';

/** CompleteValue of the GraphQL specification for one type: from a resolved value to its place in the response. */
export type Complete<Output> = (value: unknown, run: PlanRun) => MaybePromise<Output>;

/** Completes a value or a promise of one. Errors are returned as rejected promises, never thrown. */
export function completeSafely<Output>(
  value: MaybePromise<unknown>,
  complete: Complete<Output>,
  run: PlanRun,
): MaybePromise<Output> {
  if (isPromise(value)) return value.then((resolved) => complete(resolved, run));
  try {
    return complete(value, run);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Completes null as `ifNull`. */
export const nullable =
  <Output>(ifNull: Output, complete: Complete<Output>): Complete<Output> =>
  (value, run) =>
    value == null ? ifNull : complete(value, run);

/** Throws UnsupportedByPlan for null: graphql-js then finds the field to report. */
export const nonNull =
  <Output>(complete: Complete<Output>): Complete<Output> =>
  (value, run) => {
    if (value == null) throw new UnsupportedByPlan('null for a non-null type');
    return complete(value, run);
  };

/** A value of a scalar or an enum, as the response has it. Throws where the type refuses it. */
export function serialize(type: GraphQLLeafType, value: unknown): unknown {
  const serialized = type.serialize(value);
  if (serialized == null) throw new UnsupportedByPlan(`${type} serialized a value to null`);
  return serialized;
}

/** A serialized value as JSON text. Throws UnsupportedByPlan for one that has none. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new UnsupportedByPlan('not a JSON value');
  return text;
}
