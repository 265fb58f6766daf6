/** A value, or the promise of one: what is there at once never waits for a turn of the event loop. */
export type MaybePromise<Value> = Value | Promise<Value>;

export const isPromise = <Value>(value: MaybePromise<Value>): value is Promise<Value> =>
  typeof (value as Promise<Value> | null | undefined)?.then === 'function';

/** What follows from a value, as soon as it is there. */
export const chain = <Value, Next>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Next>,
): MaybePromise<Next> => (isPromise(value) ? value.then(next) : next(value));

/** All of them, as soon as the last one is there. */
export const whenAll = <Value>(
  values: readonly MaybePromise<Value>[],
): MaybePromise<readonly Value[]> =>
  values.some(isPromise) ? Promise.all(values) : (values as readonly Value[]);
