import pg from 'pg';
import { ApiError } from '../errors.ts';

/** A row as PostgreSQL wrote it: a text for each column, null where it has no value. */
export type Cells = readonly (string | null)[];

/** Letters of the rows of one statement: many times a page of ordinary rows. */
const maxLetters = 4 * 1024 * 1024;

interface Statement {
  name: string;
  text: string;
  values: unknown[];
  /** How many rows are fetched at a time; 0 for all at once, in one round trip. */
  step: number;
}

/** What node-postgres' connection is here. */
interface Portal {
  execute(how: { portal: string; rows: number }): void;
  flush(): void;
  sync(): void;
}

/**
 * A statement whose rows come as texts. node-postgres' own query copies what it is given and makes a parser for each
 * column and an object of the result; all of that for every question.
 */
export class TextQuery extends pg.Query {
  /** The rows, once the statement is done. */
  readonly rowsFound: Cells[] = [];
  readonly name: string;
  /** What node-postgres calls `step`. */
  readonly rows: number;
  /** What it throws once the connection is ready again. */
  _canceledDueToError: Error | false = false;
  #letters = 0;

  constructor({ name, text, values, step }: Statement) {
    super(text, values);
    this.name = name;
    this.rows = step;
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { fields: Cells }): void {
    if (this._canceledDueToError) return;
    for (const field of fields) this.#letters += field?.length ?? 0;
    if (this.#letters <= maxLetters) this.rowsFound.push(fields);
    else {
      this.rowsFound.length = 0;
      this._canceledDueToError = new ApiError(
        'QUERY_TOO_LARGE',
        'The rows are too large to be read at once. Ask for smaller pages.',
      );
    }
  }

  handlePortalSuspended(connection: Portal): void {
    if (this._canceledDueToError) connection.sync();
    else {
      connection.execute({ portal: '', rows: this.rows });
      connection.flush();
    }
  }
}
