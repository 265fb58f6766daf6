/** A value or a promise of one: a value that is already there does not wait for a microtask. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** True for a promise, also for one of another library. */
export const isPromise = <Value>(value: MaybePromise<Value>): value is Promise<Value> =>
  typeof (value as Promise<Value> | null | undefined)?.then === 'function';

/** `then` for a value or a promise. */
export const chain = <Value, Next>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Next>,
): MaybePromise<Next> => (isPromise(value) ? value.then(next) : next(value));

/** `Promise.all`, but synchronous where no element is a promise. */
export const whenAll = <Value>(
  values: readonly MaybePromise<Value>[],
): MaybePromise<readonly Value[]> =>
  values.some(isPromise) ? Promise.all(values) : (values as readonly Value[]);
