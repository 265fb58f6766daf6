/** Milliseconds that the result of a check is kept. */
const interval = 1000;

/** Runs `check` at most once a second, and never twice at once: all callers in between get the same result. */
export function createReadinessCheck(check: () => Promise<unknown>): () => Promise<boolean> {
  let latest: Promise<boolean> | undefined;
  return () => {
    if (latest !== undefined) return latest;
    const expire = () => {
      setTimeout(() => {
        latest = undefined;
      }, interval).unref();
    };
    latest = check()
      .then(
        () => true,
        () => false,
      )
      .finally(expire);
    return latest;
  };
}
