import { existsSync } from 'node:fs';

/**
 * The files of npm packages that pages load, by their names in `/assets/`. GraphiQL 5 has another
 * editor, of 2.2 MB compressed; version 4 with React 18, the last with files for browsers, takes 0.63 MB.
 */
export const libraryFiles: Readonly<Record<string, string>> = {
  'graphiql.css': 'graphiql/graphiql.min.css',
  'graphiql.js': 'graphiql/graphiql.min.js',
  'react.js': 'react/umd/react.production.min.js',
  'react-dom.js': 'react-dom/umd/react-dom.production.min.js',
  'swagger-ui.css': 'swagger-ui-dist/swagger-ui.css',
  'swagger-ui.js': 'swagger-ui-dist/swagger-ui-bundle.js',
};

/** In `dist/`, this is where `npm run build` copied the files to. Beside the source there is no such folder. */
const copies = new URL('../libraries/', import.meta.url);

/** Finds a file of a package, like `react/LICENSE`: among the copies, or in `node_modules/`. */
export function findLibraryFile(path: string): URL {
  const copy = new URL(path, copies);
  if (existsSync(copy)) return copy;
  const [name] = path.split('/');
  return new URL(`../${path}`, import.meta.resolve(`${name}/package.json`));
}
