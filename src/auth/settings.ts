import { z } from 'zod';

/** Signatures by the issuer's private key, which its public keys verify; and by a secret that both have. */
const publicKeyAlgorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const;

const claim = (initial: string) =>
  z.string().max(200, 'must be the name of a claim').default(initial);

const algorithms: readonly string[] = [...publicKeyAlgorithms, ...secretAlgorithms];

const splitWords = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

const algorithmsSchema = z
  .string()
  .transform(splitWords)
  .refine(
    (names) => names.every((name) => algorithms.includes(name)),
    `must be of ${algorithms.join(', ')}`,
  );

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

/** The settings that have no meaning without a key of the issuer. */
const dependent = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_ALGORITHMS', 'JWT_WORKSPACE'];

/** Says what is wrong with several of these variables together, beside what is wrong with each. */
export function tokenProblems(env: Readonly<Record<string, string | undefined>>): string[] {
  const { JWT_JWKS_URL: url, JWT_SECRET: secret, JWT_ISSUER, JWT_AUDIENCE } = env;
  if (url === undefined && secret === undefined) {
    const names = dependent.filter((name) => env[name] !== undefined).join(', ');
    return names === '' ? [] : [`JWT_JWKS_URL or JWT_SECRET must be set for ${names}`];
  }
  const problems: string[] = [];
  if (url !== undefined && secret !== undefined)
    problems.push('JWT_JWKS_URL and JWT_SECRET exclude each other: set one of them');
  if (JWT_ISSUER === undefined || JWT_AUDIENCE === undefined)
    problems.push('JWT_ISSUER and JWT_AUDIENCE must be set: tokens for others are refused');
  const possible: readonly string[] = url === undefined ? secretAlgorithms : publicKeyAlgorithms;
  const given = splitWords(env.JWT_ALGORITHMS ?? '');
  if (given.some((name) => algorithms.includes(name) && !possible.includes(name)))
    problems.push(
      `JWT_ALGORITHMS must be of ${possible.join(', ')} with ${url ? 'JWT_JWKS_URL' : 'JWT_SECRET'}`,
    );
  return problems;
}

/** Undefined where no tokens are accepted. The settings have no problem. */
export function tokenSettingsOf(settings: z.infer<typeof schema>): TokenSettings | undefined {
  const { JWT_JWKS_URL: url, JWT_SECRET: secret = '', JWT_ISSUER, JWT_AUDIENCE } = settings;
  if (JWT_ISSUER === undefined || JWT_AUDIENCE === undefined) return undefined;
  return {
    keys: url === undefined ? { secret } : { url },
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    algorithms:
      settings.JWT_ALGORITHMS ?? (url === undefined ? ['HS256'] : [...publicKeyAlgorithms]),
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
