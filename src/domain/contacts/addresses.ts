import { invalid } from '../../errors.ts';
import { checkText } from '../validation.ts';

/**
 * Unquoted or quoted local part; a domain of labels, or a literal address in brackets. Any alphabet (RFC 6531), without
 * characters that cannot be seen: two addresses would look the same.
 */
const emailPattern =
  /^(?!.*\p{C})(?:[^\s@"(),:;<>[\]\\.]+(?:\.[^\s@"(),:;<>[\]\\.]+)*|"(?:[^"\\]|\\.)+")@(?:[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*|\[[\d.]+\]|\[IPv6:[\da-f:.]+\])$/iu;

/** Throws VALIDATION_ERROR for a text that cannot be one e-mail address. Outer white space is allowed. */
export function checkEmail(email: string): void {
  checkText('email', email, { max: 320 });
  if (!emailPattern.test(email.trim()))
    throw invalid('email', `must be one e-mail address like name@example.com, not '${email}'`);
}

/** Digits of any script, the signs that are written between them, invisible marks, and an extension. */
const phonePattern =
  /^\+?[\p{Nd}\p{Zs}\p{Pd}\p{Cf}+()./*#,;]+(?:(?:x|ext\.?|extension)[\p{Zs}.:]*\p{Nd}{1,8})?$/iu;
const minDigits = 3;
const maxDigits = 24;
/** Digits of a part that is a number by itself: `030/123` is one number, `030 123456 / 0171 123456` are two. */
const minDigitsOfNumber = 6;
/** `2025-04-15`, `15.4.2025`, `4/15/2025` */
const datePattern = /^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./])\d{1,2}\1\d{4})$/;

const countDigits = (text: string): number => text.match(/\p{Nd}/gu)?.length ?? 0;

const isSeveral = (phone: string): boolean =>
  phone.split(/[/,;]/).filter((part) => countDigits(part) >= minDigitsOfNumber).length > 1;

/** True for a text that can be one phone number; the format is free. */
export function isPhone(phone: string): boolean {
  const text = phone.trim();
  const digits = countDigits(text);
  const isNone = !phonePattern.test(text) || datePattern.test(text);
  return !isNone && !isSeveral(text) && digits >= minDigits && digits <= maxDigits;
}

/** Throws VALIDATION_ERROR for a text that cannot be stored as one phone number. */
export function checkPhone(phone: string): void {
  checkText('phone', phone, { max: 50 });
  if (!isPhone(phone))
    throw invalid(
      'phone',
      `must be one phone number like +49 30 123456, with ${minDigits} to ${maxDigits} digits, not '${phone}'`,
    );
}
