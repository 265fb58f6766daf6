/** Matches text without an end of a statement: comments, quoted texts and names, bodies of functions; else one character. */
const part =
  /--[^\n]*|'[^']*'|"[^"]*"|\$(\w*)\$[\s\S]*?\$\1\$|^BEGIN ATOMIC$[\s\S]*?^END(?=;)|[\s\S]/gm;

/**
 * The statements of a migration or a function file. Each is sent alone: of several in one text, Citus passes the whole text
 * on to the workers, which refuse it. The files have no other comments than `--`, and no escaped quotes in E'…'.
 */
export function statementsOf(sql: string): string[] {
  const statements = [''];
  for (const [text] of sql.matchAll(part)) {
    if (text === ';') statements.push('');
    else if (!text.startsWith('--')) statements[statements.length - 1] += text;
  }
  return statements.map((statement) => statement.trim()).filter(Boolean);
}
