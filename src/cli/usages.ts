const files = `Usage:
  npm run import -- FILE --board B [--map 'Header=title' …] [--match phone|id] [--dry-run] [--yes]
                    [--decimal ,] [--dates DD.MM.YYYY] [--create-board]
                    [--delimiter ';'] [--encoding windows-1252] [--again] [--to URL] [--key K]
  npm run import -- --from URL --key K [--board B] [--to URL] [--to-key K]
  npm run export -- --board B [--format csv|ndjson] [--out FILE] [--force] [--delimiter ';'] [--bom]
                    [--escape-formulas] [--to URL] [--key K]
B is the id or the name of a board. See docs/import-and-export.md.`;

const copies = `Usage:
  npm run backup -- FILE [--force]          writes all rows of one moment to FILE, also while servers run
  npm run restore -- FILE [--dry-run] [--force]
                                            replaces the rows of the database by those of FILE
  npm run move -- --to TARGET [--dry-run] [--force]
                                            copies the database to TARGET, a URL postgresql://… or a data folder
The database is the one of DATABASE_URL, or of DATA_DIR. restore and move go into an empty database, and backup writes a
new file; --force deletes the rows, or replaces the file. --dry-run checks and changes nothing. TARGET can be in
TARGET_DATABASE_URL instead, or its password in PGPASSWORD: other users see arguments. See docs/backup.md.`;

/** The text that each command prints for --help, and for wrong arguments. */
export const usages = {
  serve:
    'Usage: npm start. Serves until SIGTERM. Settings are environment variables, see docs/operating.md.',
  dev: 'Usage: npm run dev. Serves from the sources, in one process, and restarts on every change.',
  migrate:
    'Usage: npm run migrate -- [--distribute]. Brings the database to the newest schema; with --distribute, distributes its tables over a Citus cluster.',
  keys: `Usage:
  npm run keys -- create --workspace <id or name> --agent <id or name> --name <name> [--read-only | --admin] [--expires 90d] [--rate-limit 600]
  npm run keys -- list
  npm run keys -- revoke <id>
A workspace or an agent that does not exist is created, with that name.`,
  webhooks:
    'Usage: npm run webhooks. Delivers changes to webhooks until SIGTERM, beside servers with WEBHOOKS=off.',
  import: files,
  export: files,
  backup: copies,
  restore: copies,
  move: copies,
  doctor: `Usage: npm run doctor
Checks settings, versions, the schema, and whether counts and logs agree with the items. It changes nothing, and can run
beside servers. Each problem is printed with what to do; the exit code is 1 if there is one. On large databases it reads
for minutes.`,
} as const;

export type Command = keyof typeof usages;

/** True for the name of a command. */
export const isCommand = (name: string): name is Command => Object.hasOwn(usages, name);
