import { errors, type JWTPayload, jwtVerify } from 'jose';
import { ApiError, Unauthenticated } from '../errors.ts';
import { isStorableText } from '../limits/input.ts';
import { issuerKeys, type KeyTimes } from './issuer-keys.ts';
import { type Scope, scopeNames, scopesUpTo } from './scopes.ts';
import type { TokenSettings } from './settings.ts';

/** Seconds that the issuer's clock may differ from ours. */
const clockTolerance = 30;
const maxTokenLength = 8192;
const maxTextLength = 200;
/** The end of the year 9999, in seconds: of tokens that expire later or never, as JavaScript's times end in 275760. */
const lastSecond = 253_402_300_799;

/** The claims of a valid token about its bearer. */
export interface TokenClaims {
  workspaceId: string;
  /** Identifies the bearer within the workspace. */
  subject: string;
  name: string;
  scopes: readonly Scope[];
  expiresAt: Date;
}

/** A token that is refused. `isForged` is false where its signature was right. */
export class InvalidToken extends Unauthenticated {
  readonly isForged: boolean;
  constructor(reason: string, isForged: boolean) {
    super(reason, 'invalid_token');
    this.isForged = isForged;
  }
}

/** True for a text in the form of a signed JSON Web Token (RFC 7519), whose header is a JSON object. */
export const isToken = (text: string): boolean => /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(text);

/** Returns the claims of a valid token. Throws InvalidToken, FORBIDDEN for claims without a use, and SERVICE_UNAVAILABLE. */
export type VerifyToken = (token: string) => Promise<TokenClaims>;

/** Verifies tokens as the settings say: by the issuer's public keys, or by a shared secret. */
export function createVerifier(settings: TokenSettings, times?: KeyTimes): VerifyToken {
  const { keys, issuer, audience, algorithms } = settings;
  const key =
    'url' in keys ? issuerKeys(keys.url, times) : async () => new TextEncoder().encode(keys.secret);
  const options = { issuer, audience, algorithms, clockTolerance, requiredClaims: ['exp'] };
  return async (token) => {
    if (token.length > maxTokenLength)
      throw new InvalidToken(`The token has more than ${maxTokenLength} characters.`, true);
    const { payload } = await jwtVerify(token, key, options).catch((error: unknown) => {
      throw toApiError(error, settings);
    });
    return readClaims(payload, settings);
  };
}

/** The error of a refused token. Its message never quotes the token, whose text a forger may have chosen. */
function toApiError(error: unknown, { issuer, audience, algorithms }: TokenSettings): Error {
  const forged = (reason: string) => new InvalidToken(reason, true);
  const expected: Record<string, string> = { iss: `be ${issuer}`, aud: `have ${audience}` };
  if (error instanceof errors.JWTExpired)
    return new InvalidToken('The token has expired. Sign in again, or refresh it.', false);
  if (error instanceof errors.JWTClaimValidationFailed) {
    const reason = expected[error.claim] ?? (error.claim === 'nbf' ? 'have passed' : 'be a time');
    return new InvalidToken(`The claim ${error.claim} of the token must ${reason}.`, false);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return forged('The signature of the token is wrong.');
  if (error instanceof errors.JOSEAlgNotAllowed)
    return forged(`The token must be signed by ${algorithms.join(' or ')}.`);
  if (error instanceof errors.JWKSNoMatchingKey)
    return forged('The issuer has no key with the key id (kid) of the token.');
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return forged('The token must name its key (kid), as the issuer has several.');
  const isAboutToken = [errors.JWTInvalid, errors.JWSInvalid, errors.JOSENotSupported].some(
    (type) => error instanceof type,
  );
  if (isAboutToken) return forged('The token is not a valid JSON Web Token.');
  return new ApiError(
    'SERVICE_UNAVAILABLE',
    'The token cannot be checked, as the keys of its issuer cannot be fetched. Try again in a moment.',
  );
}

const forbidden = (message: string): ApiError => new ApiError('FORBIDDEN', message);

/** A claim by its name; a name with dots may also lead into objects. */
function claimOf(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let value: unknown = payload;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** A claim that is a short text; undefined for any other. */
function textOf(payload: JWTPayload, name: string): string | undefined {
  const value = claimOf(payload, name);
  const isText = typeof value === 'string' && value.trim() !== '' && isStorableText(value);
  return isText && value.length <= maxTextLength ? value.trim() : undefined;
}

function readClaims(payload: JWTPayload, settings: TokenSettings): TokenClaims {
  const { claims, scopePrefix } = settings;
  const subject = textOf(payload, claims.agent);
  if (subject === undefined)
    throw forbidden(`The claim ${claims.agent} of the token must be a text that names its bearer.`);
  const workspaceId = textOf(payload, claims.workspace) ?? settings.workspaceId;
  if (workspaceId === undefined)
    throw forbidden(`The claim ${claims.workspace} of the token must be the id of a workspace.`);
  const granted = scopesOf(claimOf(payload, claims.scope));
  const highest = scopeNames.findLast((scope) => granted.has(scopePrefix + scope));
  if (highest === undefined) {
    const names = scopeNames.map((scope) => scopePrefix + scope).join(', ');
    throw forbidden(`The claim ${claims.scope} of the token has none of the scopes ${names}.`);
  }
  return {
    workspaceId,
    subject,
    name: textOf(payload, claims.name) ?? subject,
    scopes: scopesUpTo(highest),
    expiresAt: new Date(Math.min(Number(payload.exp) + clockTolerance, lastSecond) * 1000),
  };
}

/** A text with spaces (RFC 8693, section 4.2), or a list. */
function scopesOf(claim: unknown): Set<unknown> {
  if (typeof claim === 'string') return new Set(claim.split(' '));
  return new Set(Array.isArray(claim) ? claim : []);
}
