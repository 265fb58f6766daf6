import { StatementStats } from '../postgres/statement-stats.ts';

/** The caller of what the server does by itself. */
export const nobody = {
  agentId: '',
  keyId: '',
  scopes: ['read'],
  rateLimit: null,
  tokenExpiresAt: null,
  keyExpiresAt: null,
};

/** The parts of a context that come from a request, where there is none. */
export const noRequest = () => ({
  request: { method: 'GET', url: '', headers: new Headers(), body: null },
  pause: (wait: () => Promise<void>) => wait(),
  onReplay: () => {},
  statements: new StatementStats(),
});
