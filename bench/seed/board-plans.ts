/** A group of equal boards. The nth has the id `prefix` + n. */
export interface BoardPlan {
  name: string;
  workspaceId: string;
  prefix: string;
  boards: number;
  /** Items per board. */
  size: number;
  /** How many of the six columns have items; all by default. */
  columns?: number;
}

export const workspaceId = 'workspace_bench';
/** The API key of that workspace, which exists only in databases of the bench. */
export const apiKey = 'bench-key-of-the-seeded-workspace';

/** The API key of a board's workspace. */
export const keyOf = ({ workspaceId: id }: Pick<BoardPlan, 'workspaceId'>): string =>
  id === workspaceId ? apiKey : `${apiKey}-of-${id}`;

const big = (name: string, size: number): BoardPlan => {
  return { name, workspaceId, prefix: `board_${name}_`, boards: 1, size };
};

/** The boards on which servers are compared: as many as a run has connections, so that pages that are asked at once differ. */
export const comparedBoards: BoardPlan = {
  ...big('1k', 1000),
  prefix: 'board_compared_',
  boards: 16,
};

/** The board whose items are counted beside another workspace's gets, and that one's. */
export const countedBoard = big('100k', 100_000);
export const neighbourBoard: BoardPlan = {
  ...big('quiet', 1000),
  workspaceId: 'workspace_other',
};

/** The boards on which growth is measured. */
export const scaleBoards: readonly BoardPlan[] = [
  big('10k', 10_000),
  countedBoard,
  big('1M', 1_000_000),
];

/** Small boards of another workspace in the same tables. */
export const smallBoards: BoardPlan = {
  name: 'small',
  workspaceId: 'workspace_other',
  prefix: 'board_small_',
  boards: 5000,
  size: 20,
};

/** The boards of the write cases, named by the length of their first column. */
export const writtenBoards = {
  short: { ...big('10', 60), prefix: 'board_short_', boards: 16 },
  long: { ...big('10k', 10_000), prefix: 'board_long_', columns: 1 },
  longest: { ...big('100k', 100_000), prefix: 'board_longest_', columns: 1 },
} as const satisfies Record<string, BoardPlan>;

export const boardIds = ({ prefix, boards }: BoardPlan): string[] =>
  Array.from({ length: boards }, (_, n) => `${prefix}${n}`);

export const boardId = ({ prefix }: BoardPlan): string => `${prefix}0`;

/** `deal_value` is distributed evenly from 0 to this. */
export const highestValue = 1_000_000;

/** The phone number of the nth item of any board. */
export const phoneOf = (n: number): string => `+62812${String(n).padStart(8, '0')}`;

/** The e-mail address of the nth item of a board. */
export const emailOf = ({ name }: BoardPlan, n: number): string =>
  `user${n}@${name.toLowerCase()}.example`;
