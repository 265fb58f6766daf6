import { randomUUID } from 'node:crypto';
import { ConfigError } from '../../config.ts';
import { Mapping } from '../../transfer/mapping.ts';
import type { OpenedRows } from '../../transfer/rows.ts';
import type { FileArguments, ImportFileOptions } from './options.ts';

/** The most columns that a board is created with. */
const maxColumns = 100;

/** The names in a file's column of columns, in their order, or one where it has none. Throws ConfigError for too many. */
async function columnNames({ rows }: OpenedRows, mapping: Mapping): Promise<string[]> {
  const names = new Map<string, string>();
  for await (const { cells } of rows)
    for (const [header, cell] of Object.entries(cells)) {
      if (typeof cell !== 'string' || !mapping.targetsOf(header).includes('column_name')) continue;
      const name = cell.trim();
      const key = name.toLowerCase();
      if (name !== '' && !names.has(key)) names.set(key, name);
      if (names.size > maxColumns)
        throw new ConfigError(
          `'${header}' names over ${maxColumns} columns. Ignore it with --map '${header}='.`,
        );
    }
  return names.size === 0 ? ['New'] : [...names.values()];
}

/** Throws ConfigError where no column sets the title, without which no item can be created. */
export function checkTitle(
  mapping: Mapping,
  header: readonly string[],
  match: string | undefined,
): void {
  if (match === undefined && !mapping.has('title'))
    throw new ConfigError(`Name the column of the title, like --map '${header[0]}=title'.`);
}

/** Creates a board with the columns that a file names. Throws ConfigError in a dry run, and if it is not confirmed. */
export async function createBoard(
  name: string,
  file: OpenedRows,
  { client, terminal, print, ...options }: ImportFileOptions & FileArguments,
): Promise<void> {
  const { header } = file;
  const { map = [], match, yes, 'dry-run': isDryRun } = options;
  const mapping = new Mapping({ header, map, match });
  checkTitle(mapping, header, match);
  const columns = await columnNames(file, mapping);
  const board = `the board '${name}' with the columns ${columns.join(', ')}`;
  if (isDryRun)
    throw new ConfigError(`A dry run does not create ${board}: import it without --dry-run.`);
  const isAsked = terminal.isInteractive && !yes;
  if (isAsked && !(await terminal.confirm(`Create ${board}?`)))
    throw new ConfigError('Nothing was created or imported.');
  await client.graphql(
    'mutation ($input: CreateBoardInput!) { createBoard(input: $input) { board { id } } }',
    { input: { name, columns: columns.map((column) => ({ name: column })) } },
    randomUUID(),
  );
  print(`Created ${board}`);
}
