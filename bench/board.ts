/** Boards that are alike. The nth has the id `prefix` + n. */
export interface Plan {
  name: string;
  workspaceId: string;
  prefix: string;
  boards: number;
  /** Items of each board. */
  size: number;
  /** How many of the six columns they are spread over; all by default. */
  columns?: number;
}

export const workspaceId = 'workspace_bench';
/** A key of that workspace; it opens nothing but the bench's own data. */
export const apiKey = 'bench-key-of-the-seeded-workspace';

const big = (name: string, size: number): Plan => {
  return { name, workspaceId, prefix: `board_${name}_`, boards: 1, size };
};

/** The board that servers are compared on. */
export const comparedBoard = big('1k', 1000);

/** The boards that growth is measured on. */
export const scaleBoards: readonly Plan[] = [
  big('10k', 10_000),
  big('100k', 100_000),
  big('1M', 1_000_000),
];

/** Neighbours in the same tables: small boards of another workspace. */
export const smallBoards: Plan = {
  name: 'small',
  workspaceId: 'workspace_other',
  prefix: 'board_small_',
  boards: 5000,
  size: 20,
};

/** The boards that are written to; the name says how long the first column of each is. */
export const writtenBoards = {
  short: { ...big('10', 60), prefix: 'board_short_', boards: 16 },
  long: { ...big('10k', 10_000), prefix: 'board_long_', columns: 1 },
  longest: { ...big('100k', 100_000), prefix: 'board_longest_', columns: 1 },
} as const satisfies Record<string, Plan>;

export const boardIds = ({ prefix, boards }: Plan): string[] =>
  Array.from({ length: boards }, (_, n) => `${prefix}${n}`);

export const boardId = ({ prefix }: Plan): string => `${prefix}0`;

/** The values under `deal_value` are spread evenly from 0 to this. */
export const highestValue = 1_000_000;

/** The phone number of the nth item: the same on every board. */
export const phoneOf = (n: number): string => `+62812${String(n).padStart(8, '0')}`;

/** The e-mail address of the nth item of a board. */
export const emailOf = ({ name }: Plan, n: number): string =>
  `user${n}@${name.toLowerCase()}.example`;
