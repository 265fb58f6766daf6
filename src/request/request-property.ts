import type { RequestLike } from './request-like.ts';

/**
 * A value that belongs to a request, kept on the request itself. A WeakMap would keep every request and all that it
 * refers to until the next major garbage collection, because V8's minor ones take the values of a WeakMap for reachable.
 */
export class RequestProperty<Value> {
  readonly #key = Symbol('value');

  get(request: RequestLike): Value | undefined {
    return Reflect.get(request, this.#key) as Value | undefined;
  }

  set(request: RequestLike, value: Value): void {
    Reflect.set(request, this.#key, value);
  }
}
