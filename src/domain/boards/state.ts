import { type Column, Prisma } from '../../generated/prisma/client.ts';
import type { Cells, Reader } from '../../postgres/client.ts';
import { epochSeconds, toDate, toText } from '../../sql/decode.ts';
import { textArrayParam, textParam } from '../../sql/generic-plan.ts';

const { sql } = Prisma;

/** A snapshot of a board without its items. */
export interface BoardState {
  boardId: string;
  /** Counts the changes of the board, its columns and its items. */
  revision: string;
  /** Differs after any change of what a response about the board can contain. */
  etag: string;
  /** From left to right, with their item counts. */
  columns: Column[];
}

/** The ETag of a board `b` of a workspace `w`. */
export const boardEtag = sql`b.revision || '.' || w.contacts_etag`;

/** Reads several boards in one statement; unknown ids are left out. */
export async function readBoardStates(
  db: Reader,
  workspaceId: string,
  boardIds: readonly string[],
): Promise<BoardState[]> {
  const rows = await db.$rows(sql`
    SELECT b.id, b.revision, ${boardEtag},
      c.id, c.name, c.position, c.color, c.wip_limit, c.auto_archive_days, c.items_count,
      ${epochSeconds(sql`c.created_at`)}, ${epochSeconds(sql`c.updated_at`)}
    FROM board b JOIN workspace w ON w.id = b.workspace_id
    LEFT JOIN board_column c ON c.workspace_id = b.workspace_id AND c.board_id = b.id
    WHERE b.workspace_id = ${textParam(workspaceId)} AND b.id = ANY(${textArrayParam(boardIds)})
    ORDER BY c.position, c.id`);
  const states = new Map<string, BoardState>();
  for (const [id, revision, etag, ...cells] of rows) {
    const boardId = toText(id);
    const state = states.get(boardId) ?? {
      boardId,
      revision: toText(revision),
      etag: toText(etag),
      columns: [],
    };
    states.set(boardId, state);
    if (cells[0] !== null) state.columns.push(columnOf({ workspaceId, boardId }, cells));
  }
  return [...states.values()];
}

const columnOf = (place: Pick<Column, 'workspaceId' | 'boardId'>, cells: Cells): Column => ({
  ...place,
  id: toText(cells[0]),
  name: toText(cells[1]),
  position: Number(cells[2]),
  color: toText(cells[3]),
  wipLimit: numberOf(cells[4]),
  autoArchiveDays: numberOf(cells[5]),
  itemsCount: Number(cells[6]),
  createdAt: toDate(cells[7]),
  updatedAt: toDate(cells[8]),
});

const numberOf = (cell: string | null | undefined): number | null =>
  cell == null ? null : Number(cell);
