import { hashOf, isWellFormed, storeKey } from '../auth/api-keys.ts';
import { newId } from '../ids.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { StartupError } from '../postgres/startup-error.ts';
import { demoKey, demoWorkspaceId, loadDemo } from './demo.ts';

interface BootstrapOptions {
  demo: boolean;
  bootstrapKey: string | undefined;
}

/** The keys that work at the start. */
export interface Bootstrapped {
  /** The demo key, if it works. */
  demoKey: string | undefined;
  /** Whether another key works. */
  hasKey: boolean;
  /** The workspace whose keys do not work: the demo's unless the demo is on, since its key is public. */
  lockedWorkspaceId: string | undefined;
  /** Whether the database has the locked workspace. */
  isDemoLocked: boolean;
}

/** Fills an empty database: with the demo, or with a workspace and its first key. */
export async function bootstrap(
  db: PrismaClient,
  { demo, bootstrapKey }: BootstrapOptions,
): Promise<Bootstrapped> {
  if (demo) await loadDemo(db);
  else if (bootstrapKey !== undefined) await createFirstKey(db, bootstrapKey);
  const lockedWorkspaceId = demo ? undefined : demoWorkspaceId;
  const isActive = {
    revokedAt: null,
    OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }],
  };
  const isOwn = {
    ...(!demo && { workspaceId: { not: demoWorkspaceId } }),
    hash: { not: hashOf(demoKey) },
  };
  const demoHash = { hash: hashOf(demoKey) };
  const hasDemoKey = demo && (await db.apiKey.count({ where: { ...isActive, ...demoHash } })) > 0;
  return {
    demoKey: hasDemoKey ? demoKey : undefined,
    hasKey: (await db.apiKey.findFirst({ where: { ...isActive, ...isOwn } })) !== null,
    lockedWorkspaceId,
    isDemoLocked: !demo && (await db.workspace.count({ where: { id: demoWorkspaceId } })) > 0,
  };
}

/**
 * Creates a workspace, an agent and the key, unless the database has a workspace beside the demo. Throws StartupError for a
 * mistyped key.
 */
async function createFirstKey(db: PrismaClient, key: string): Promise<void> {
  if (!isWellFormed(key))
    throw new StartupError(
      'BOOTSTRAP_API_KEY begins with itk_, but its length or checksum is wrong.',
    );
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('items-gateway first key', 0))`;
    if ((await tx.workspace.count({ where: { id: { not: demoWorkspaceId } } })) > 0) return;
    const { id: workspaceId } = await tx.workspace.create({
      data: { id: newId('workspace'), name: 'Workspace' },
    });
    const { id: agentId } = await tx.agent.create({
      data: { workspaceId, id: newId('agent'), name: 'Administrator' },
    });
    await storeKey(tx, key, { workspaceId, agentId, name: 'First key', scope: 'admin' });
  });
}
