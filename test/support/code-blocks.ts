import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './platform.ts';

/** The code blocks of a document in `docs/` in one language, in their order; '' for blocks without a language. */
export function codeBlocks(document: string, language: string): string[] {
  const text = readFileSync(join(project, 'docs', document), 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)];
  return blocks.filter(([, of]) => of === language).map(([, , code = '']) => code);
}

/** The only code block of a language. Throws for none and for several. */
export function codeBlock(document: string, language: string): string {
  const [block, ...more] = codeBlocks(document, language);
  if (block === undefined || more.length > 0)
    throw new Error(`${document} has ${more.length + 1} blocks of ${language}`);
  return block;
}
