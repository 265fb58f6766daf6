import {
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
} from 'graphql';
import type { Random } from './random.ts';

const ids = [
  ...['board_abc123', 'col_001', 'col_002', 'item_001', 'item_002', 'contact_xyz', 'agent_123'],
  ...['item_never', '', ' ', 'item_\u0000', '\ud800', "' OR 1=1 --", '../x', 'x'.repeat(3000)],
];
const texts = [
  ...[
    'Lead',
    'acme',
    'phone',
    'deal_value',
    '2025-01-01',
    '1e5',
    '50000',
    'null',
    '',
    '%_\\',
    '$1',
  ],
  ...[
    '\u0000',
    '\ud83d',
    '\ufdfa'.repeat(50),
    'Z\u0351\u036b',
    '(a+)+$',
    '{"x":1}',
    '9'.repeat(400),
  ],
  ...[
    '2025-02-30T25:61:61Z',
    '+999999-01-01T00:00:00Z',
    'é'.repeat(600),
    '__proto__',
    'constructor',
  ],
];
const numbers = [0, 1, -1, 2, 50, 500, 501, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 1e308, 0.1, 2 ** 53];
const odd: readonly unknown[] = [null, true, [], {}, [[]], [null], { x: 1 }, { constructor: 1 }];

const scalars: Readonly<Record<string, (random: Random) => unknown>> = {
  ID: (random) => random.pick(ids),
  String: (random) => random.pick(texts),
  Int: (random) => random.pick(numbers),
  Float: (random) => random.pick(numbers),
  Boolean: (random) => random.isLucky(0.5),
  Operand: (random) => random.pick([...texts, ...numbers]),
  ItemValues: (random) => randomJson(random, 4),
};

/** Any JSON. */
export function randomJson(random: Random, depth: number): unknown {
  if (depth === 0 || random.isLucky(0.3)) return random.pick([...texts, ...numbers, null, true]);
  const size = random.below(4);
  if (random.isLucky(0.3)) return Array.from({ length: size }, () => randomJson(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [random.pick(texts), randomJson(random, depth - 1)]),
  );
}

/** A value for an input type: mostly of that type. */
export function randomInput(random: Random, type: GraphQLInputType, depth = 4): unknown {
  if (random.isLucky(0.04)) return random.pick(odd);
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const length = random.isLucky(0.02) ? 600 : random.below(4);
    return Array.from({ length }, () => randomInput(random, nullable.ofType, depth - 1));
  }
  if (isEnumType(nullable)) return random.pick(nullable.getValues()).name;
  if (!isInputObjectType(nullable)) return (scalars[nullable.name] ?? scalars.String)?.(random);
  const fields = Object.values(nullable.getFields());
  const isOptional = (field: (typeof fields)[number]) =>
    depth > 0 || !isInputObjectType(getNamedType(field.type));
  const chosen = nullable.isOneOf
    ? [random.pick(fields)]
    : fields.filter(
        (field) =>
          (isRequiredInputField(field) && random.isLucky(0.97)) ||
          (isOptional(field) && random.isLucky(0.3)),
      );
  return Object.fromEntries(
    chosen.map((field) => [field.name, randomInput(random, field.type, depth - 1)]),
  );
}
