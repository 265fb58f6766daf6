import { ApiError } from '../errors.ts';

const unsupported = (message: string): ApiError => new ApiError('UNSUPPORTED_MEDIA_TYPE', message);

/** The end of a message that names the right Content-Type; `type` is that of the request, empty where it has none. */
export const insteadOf = (type: string): string =>
  type.trim() === '' ? 'which this request lacks' : `not ${type.trim()}`;

/**
 * Throws UNSUPPORTED_MEDIA_TYPE unless the headers announce uncompressed JSON in UTF-8. With `isTypeOptional`, a body
 * without a Content-Type counts as JSON.
 */
export function checkJsonContentType(
  headers: { get(name: string): string | null },
  { isTypeOptional = false }: { isTypeOptional?: boolean } = {},
): void {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity')
    throw unsupported(`Send the body uncompressed, without Content-Encoding: ${encoding}`);
  const contentType = headers.get('content-type');
  if (contentType === null && isTypeOptional) return;
  const [type = '', ...parameters] = (contentType ?? '').split(';');
  if (!/^application\/([\w.-]+\+)?json$/i.test(type.trim()))
    throw unsupported(`Send JSON with Content-Type: application/json, ${insteadOf(type)}`);
  const charset = parameters
    .map((parameter) => /^charset="?([^"]*)"?$/i.exec(parameter.trim())?.[1])
    .join('');
  if (!/^(utf-?8|us-ascii)?$/i.test(charset))
    throw unsupported(`Send JSON in UTF-8, not in ${charset}`);
}
