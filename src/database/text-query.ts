import pg from 'pg';
import type { Cells } from './open.ts';

/**
 * A statement whose rows come as texts. node-postgres' own query copies what it is given and makes a parser for each
 * column and an object of the result; all of that for every question.
 */
export class TextQuery extends pg.Query {
  /** The rows, once the statement is done. */
  readonly rowsFound: Cells[] = [];
  readonly name: string;

  constructor({ name, text, values }: { name: string; text: string; values: unknown[] }) {
    super(text, values);
    this.name = name;
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { fields: Cells }): void {
    this.rowsFound.push(fields);
  }
}
