import { z } from 'zod';

/** Signatures by the issuer's private key, which its public keys verify; and by a secret that both have. */
const publicKeyAlgorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const;

const claim = (initial: string) =>
  z.string().max(200, 'must be the name of a claim').default(initial);

const algorithmsSchema = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .pipe(z.array(z.enum([...publicKeyAlgorithms, ...secretAlgorithms])));

/** The settings of JSON Web Tokens, by the names of their environment variables. docs/authentication.md describes them. */
export const tokenSettings = {
  JWT_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be an https URL' }).optional(),
  JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_ALGORITHMS: algorithmsSchema.optional(),
  JWT_WORKSPACE: z.string().max(200, 'must be the id of a workspace').optional(),
  JWT_WORKSPACE_CLAIM: claim('workspace'),
  JWT_AGENT_CLAIM: claim('sub'),
  JWT_NAME_CLAIM: claim('name'),
  JWT_SCOPE_CLAIM: claim('scope'),
  JWT_SCOPE_PREFIX: z.string().max(200, 'must be the beginning of a scope').default(''),
};

const schema = z.object(tokenSettings);

/** Whose JSON Web Tokens are accepted, and what their claims mean. */
export interface TokenSettings {
  /** Where the issuer publishes its public keys (RFC 7517), or the secret that it signs with. */
  keys: { url: string } | { secret: string };
  issuer: string;
  audience: string;
  /** The algorithms of signatures that are accepted. */
  algorithms: string[];
  /** The names of claims; dots lead into objects. */
  claims: { workspace: string; agent: string; name: string; scope: string };
  /** The workspace of tokens without a claim of one. */
  workspaceId: string | undefined;
  /** The beginning of the names of scopes. */
  scopePrefix: string;
}

/** Undefined where no tokens are accepted. Throws an Error that lists all problems, one a line. */
export function tokenSettingsOf(settings: z.infer<typeof schema>): TokenSettings | undefined {
  const { JWT_JWKS_URL: url, JWT_SECRET: secret, JWT_ISSUER, JWT_AUDIENCE } = settings;
  if (url === undefined && secret === undefined) {
    if (JWT_ISSUER === undefined && JWT_AUDIENCE === undefined) return undefined;
    throw new Error('JWT_ISSUER and JWT_AUDIENCE need JWT_JWKS_URL or JWT_SECRET');
  }
  if (url !== undefined && secret !== undefined)
    throw new Error('JWT_JWKS_URL and JWT_SECRET exclude each other: set one of them');
  const possible: readonly string[] = url === undefined ? secretAlgorithms : publicKeyAlgorithms;
  const algorithms = settings.JWT_ALGORITHMS ?? (url === undefined ? ['HS256'] : [...possible]);
  if (!JWT_ISSUER || !JWT_AUDIENCE)
    throw new Error('JWT_ISSUER and JWT_AUDIENCE must be set: tokens for others are refused');
  if (!algorithms.every((name) => possible.includes(name)))
    throw new Error(
      `JWT_ALGORITHMS must be of ${possible.join(', ')} with ${url ? 'JWT_JWKS_URL' : 'JWT_SECRET'}`,
    );
  return {
    keys: url === undefined ? { secret: secret ?? '' } : { url },
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    algorithms,
    claims: {
      workspace: settings.JWT_WORKSPACE_CLAIM,
      agent: settings.JWT_AGENT_CLAIM,
      name: settings.JWT_NAME_CLAIM,
      scope: settings.JWT_SCOPE_CLAIM,
    },
    workspaceId: settings.JWT_WORKSPACE,
    scopePrefix: settings.JWT_SCOPE_PREFIX,
  };
}
