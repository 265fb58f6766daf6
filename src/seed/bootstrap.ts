import { hashOf, isWellFormed, storeKey } from '../auth/api-keys.ts';
import { newId } from '../ids.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { StartupError } from '../postgres/startup-error.ts';
import { demoKey, loadDemo } from './demo.ts';

interface BootstrapOptions {
  demo: boolean;
  bootstrapKey: string | undefined;
}

/**
 * Fills an empty database: with the demo, or with a workspace and its first key. Returns the demo key if the database
 * has it and it is not revoked.
 */
export async function bootstrap(
  db: PrismaClient,
  { demo, bootstrapKey }: BootstrapOptions,
): Promise<string | undefined> {
  if (demo) await loadDemo(db);
  else if (bootstrapKey !== undefined) await createFirstKey(db, bootstrapKey);
  const storedDemoKey = await db.apiKey.findFirst({
    where: { hash: hashOf(demoKey), revokedAt: null },
  });
  return storedDemoKey === null ? undefined : demoKey;
}

/** Creates a workspace, an agent and the key, unless a workspace exists. Throws StartupError for a mistyped key. */
async function createFirstKey(db: PrismaClient, key: string): Promise<void> {
  if (!isWellFormed(key))
    throw new StartupError(
      'BOOTSTRAP_API_KEY begins with itk_, but its length or checksum is wrong.',
    );
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(7236402115)`;
    if ((await tx.workspace.count()) > 0) return;
    const { id: workspaceId } = await tx.workspace.create({
      data: { id: newId('workspace'), name: 'Workspace' },
    });
    const { id: agentId } = await tx.agent.create({
      data: { workspaceId, id: newId('agent'), name: 'Administrator' },
    });
    await storeKey(tx, key, { workspaceId, agentId, name: 'First key', isReadOnly: false });
  });
}
