/** The headers of our responses that pages may read. */
const exposedHeaders = [
  'Board-Revision',
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-Request-Id',
];

/** Options of CORS for pages of these origins; '*' for all. No cookies: callers send their key or token themselves. */
export const corsOf = (origins: readonly string[]) => (request: Request) => {
  const origin = request.headers.get('origin') ?? '';
  return (
    (origins.includes('*') || origins.includes(origin)) && {
      origin,
      credentials: false,
      // Seconds that browsers cache a preflight: Chromium's maximum.
      maxAge: 7200,
      exposedHeaders,
    }
  );
};
