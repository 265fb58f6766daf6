import type pg from 'pg';
import type { Config } from '../../config.ts';

/** The subject of all checks. */
export interface Subject {
  config: Config;
  nodeVersion: string;
  client: pg.Client;
}

/** Something to check. Returns its problems, each with what to do; one that throws could not be checked. */
export interface Check {
  name: string;
  run(subject: Subject): Promise<string[]>;
}

/** The most problems of one kind that are listed. */
export const maxListed = 20;

/** Reads problems by a statement that returns each as a row with one text. */
export async function problemsOf(client: pg.Client, statement: string): Promise<string[]> {
  const { rows } = await client.query<{ problem: string }>(
    `SELECT problem FROM (${statement}) found (problem) LIMIT ${maxListed + 1}`,
  );
  const problems = rows.slice(0, maxListed).map(({ problem }) => problem);
  return rows.length > maxListed ? [...problems, 'There are more of them.'] : problems;
}
