import type { Cells, Reader, RowsStatement } from '../../postgres/client.ts';
import { charactersOf } from '../../postgres/text-query.ts';

/** Rows that are read at a time. */
const step = 10;

interface FeedRows {
  rows: Cells[];
  /** True where reading ended because the rows had enough characters, so that there may be more. It ends after a whole step. */
  isCut: boolean;
}

/** Reads at most `size` rows of changes in their order, step by step, and no further step once they have `enough` characters. */
export async function readFeedRows(
  db: Reader,
  statement: RowsStatement,
  { size, enough }: { size: number; enough: number },
): Promise<FeedRows> {
  const rows = await db.$rows(statement, { step, enough });
  let characters = 0;
  for (const row of rows) characters += charactersOf(row);
  const isWhole = rows.length > 0 && rows.length % step === 0;
  return { rows, isCut: isWhole && rows.length < size && characters >= enough };
}
