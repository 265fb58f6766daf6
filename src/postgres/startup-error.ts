/** The server cannot start. The message is one line for a person: what is wrong, where, what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
