import { StartupError } from './startup-error.ts';

export interface EmbeddedPostgres {
  connection: { host: string; port: number; user: string; database: string };
  exited: Promise<string>;
  stop(): Promise<void>;
}

export async function startEmbedded(_: {
  dataDir: string;
  settings?: Readonly<Record<string, string>>;
}): Promise<EmbeddedPostgres> {
  throw new StartupError('placeholder');
}
