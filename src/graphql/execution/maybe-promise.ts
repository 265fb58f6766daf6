/** A value, or the promise of one: what is there at once never waits for a turn of the event loop. */
export type Later<Value> = Value | Promise<Value>;

export const isPromise = <Value>(value: Later<Value>): value is Promise<Value> =>
  typeof (value as Promise<Value> | null | undefined)?.then === 'function';

/** What follows from a value, as soon as it is there. */
export const follow = <Value, Next>(
  value: Later<Value>,
  next: (value: Value) => Later<Next>,
): Later<Next> => (isPromise(value) ? value.then(next) : next(value));

/** All of them, as soon as the last one is there. */
export const all = <Value>(values: readonly Later<Value>[]): Later<readonly Value[]> =>
  values.some(isPromise) ? Promise.all(values) : (values as readonly Value[]);
