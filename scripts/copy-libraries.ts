/**
 * Copies the libraries of the pages to `dist/libraries/`, with their licences, so that an installation
 * without devDependencies has them. Run by `npm run build`.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { findLibraryFile, libraryFiles } from '../src/pages/libraries.ts';

const licences = [
  'graphiql/LICENSE',
  'react/LICENSE',
  'react-dom/LICENSE',
  'swagger-ui-dist/LICENSE',
  'swagger-ui-dist/NOTICE',
  'swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt',
];

for (const path of [...Object.values(libraryFiles), ...licences]) {
  const copy = new URL(`../dist/libraries/${path}`, import.meta.url);
  mkdirSync(new URL('.', copy), { recursive: true });
  copyFileSync(findLibraryFile(path), copy);
}
