import { hashOf, isWellFormed, storeKey } from '../auth/api-keys.ts';
import { newId } from '../ids.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { StartupError } from '../postgres/startup-error.ts';
import { demoKey, loadDemo } from './demo.ts';

export interface Start {
  demo: boolean;
  bootstrapKey: string | undefined;
}

/**
 * Gives an empty database its first content: the demo world, or a workspace with the first key. Returns the key
 * of the demo world where this database holds it, and only while it is wanted.
 */
export async function bootstrap(
  db: PrismaClient,
  { demo, bootstrapKey }: Start,
): Promise<string | undefined> {
  if (demo) await loadDemo(db);
  else if (bootstrapKey !== undefined) await createFirstKey(db, bootstrapKey);
  const known = await db.apiKey.findFirst({ where: { hash: hashOf(demoKey), revokedAt: null } });
  return known === null ? undefined : demoKey;
}

/** Makes a first workspace, agent and key, if there is no workspace yet. */
async function createFirstKey(db: PrismaClient, key: string): Promise<void> {
  if (!isWellFormed(key))
    throw new StartupError('BOOTSTRAP_API_KEY begins with itk_ but its checksum is wrong.');
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
