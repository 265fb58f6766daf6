import process from 'node:process';
import { defineConfig } from 'prisma/config';

// `prisma generate` asks for an engine that the generated client does not use. Naming any file
// that exists keeps it from downloading one.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'prisma/schema.prisma' });
