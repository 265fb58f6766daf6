import fc, { type Arbitrary } from 'fast-check';
import { looksTyped } from '../../../src/domain/items/filter/value-type.ts';
import type { Json } from '../../../src/domain/items/write/values.ts';
import { isExact } from '../../../src/limits/input.ts';
import { edgeRows, oneOf } from './edge-rows.ts';
import { edgeValues, keys } from './edge-values.ts';
import type { Operand, ValueTest, ValueType } from './query.ts';
import { fold } from './search.ts';
import { compareValues, keyTypes, readAs, valueTypeOf, valueTypes } from './value-types.ts';

/** The gateway refuses numbers that have lost digits. */
const isOperand = (value: Json): value is Operand =>
  typeof value === 'number' ? isExact(value) : ['string', 'boolean'].includes(typeof value);

const edgeOperands = edgeValues.filter(isOperand);

/** An operand: a value of some row under the key, an edge value, or any value; one that parses as `as`. */
function operandFor(key: string, as: ValueType | undefined): Arbitrary<Operand> {
  const parses = (value: Json) => as === undefined || readAs(value, as) !== undefined;
  const present = edgeRows.flatMap(({ values }) =>
    Object.hasOwn(values, key) ? [values[key]] : [],
  );
  const presentOperands = present.filter((value) => value !== undefined).filter(isOperand);
  const any = [fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isExact)];
  return fc.oneof(
    { weight: 6, arbitrary: oneOf([...presentOperands, ...edgeOperands].filter(parses)) },
    ...(as === undefined || as === 'NUMBER' || as === 'TEXT' ? any : []),
    ...(as === undefined || as === 'TEXT' ? [fc.string({ unit: 'grapheme-ascii' })] : []),
  );
}

/** A substring of one of the texts, sometimes in capitals. */
export const pieceOf = (texts: readonly string[]): Arbitrary<string> =>
  fc
    .tuple(oneOf(texts), fc.nat(12), fc.integer({ min: 1, max: 5 }), fc.boolean())
    .map((piece) => {
      const [text, start, size, isUpperCase] = piece;
      const chars = [...text];
      const cut = chars.slice(start % chars.length).slice(0, size);
      return isUpperCase ? cut.join('').toUpperCase() : cut.join('');
    })
    .filter((piece) => fold(piece) !== '');

export const texts = edgeOperands.map(String).filter((text) => text !== '');

export const upToFour = <T>(one: Arbitrary<T>) => fc.array(one, { maxLength: 4 });

/** A range with the lower bound first, as the gateway requires. Bounds of two types are not compared. */
function rangeOf(as: ValueType | undefined, [a, b]: readonly [Operand, Operand]) {
  const [one, other] = [a, b].map((operand) => as ?? valueTypeOf(operand) ?? 'TEXT');
  if (one !== other || one === undefined) return { gte: a, lt: b };
  const [low, high] = [readAs(a, one), readAs(b, one)];
  const order = low === undefined || high === undefined ? 0 : compareValues(low, high);
  if (order === 0) return { gte: a, lte: b };
  return order < 0 ? { gte: a, lt: b } : { gte: b, lt: a };
}

/** The operators that compare with operands. */
function comparisonWith(operand: Arbitrary<Operand>, as: ValueType | undefined) {
  const equality = [
    ...(['eq', 'ne'] as const).map((op) => fc.record({ [op]: operand })),
    fc.record({ in: upToFour(operand) }),
    fc.record({ nin: upToFour(operand) }),
  ];
  if (as === 'EMAIL' || as === 'PHONE') return fc.oneof(...equality);
  const bound = operand.filter((value) => as !== undefined || isBound(value));
  return fc.oneof(
    ...equality,
    ...(['gt', 'gte', 'lt', 'lte'] as const).map((op) => fc.record({ [op]: bound })),
    fc.tuple(bound, bound).map((bounds) => rangeOf(as, bounds)),
  );
}

/** The gateway refuses a bound that looks like a number or a date and is none, an empty text, and a boolean. */
export const isBound = (value: Operand): boolean =>
  typeof value !== 'boolean' &&
  String(value).trim() !== '' &&
  (valueTypeOf(value) !== 'TEXT' || !looksTyped(String(value)));

export const valueTest: Arbitrary<ValueTest> = fc
  .tuple(oneOf(keys), oneOf([undefined, undefined, ...valueTypes, ...keyTypes]))
  .chain(([key, as]) =>
    fc
      .oneof(
        { weight: 6, arbitrary: comparisonWith(operandFor(key, as), as) },
        fc.record({ contains: pieceOf(texts) }),
        fc.record({ startsWith: pieceOf(texts) }),
        fc.record({ exists: fc.boolean() }),
      )
      .map((test) => ({ key, ...(as && { as }), ...test })),
  );
