import { ApiError } from '../errors.ts';

const refuse = (message: string): ApiError => new ApiError('UNSUPPORTED_MEDIA_TYPE', message);

/**
 * Throws UNSUPPORTED_MEDIA_TYPE for a body that is not plain JSON in UTF-8, as its headers tell; `isSaid` false: what it is
 * need not be said.
 */
export function checkJsonContentType(
  headers: { get(name: string): string | null },
  { isSaid = true }: { isSaid?: boolean } = {},
): void {
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding !== 'identity')
    throw refuse(`Send the body as it is, without Content-Encoding: ${coding}`);
  if (!isSaid) return;
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').split(';');
  if (!/^application\/([\w.-]+\+)?json$/i.test(type.trim()))
    throw refuse(
      `Send JSON with Content-Type: application/json, not ${type.trim() || 'without one'}`,
    );
  const charset = parameters.map((one) => /^\s*charset="?([^"]*)"?\s*$/i.exec(one)?.[1]).join('');
  if (!/^(utf-?8|us-ascii)?$/i.test(charset)) throw refuse(`Send JSON in UTF-8, not in ${charset}`);
}
