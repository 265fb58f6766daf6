/** The server cannot start. Its message is printed: one line that says what is wrong, where, and what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
