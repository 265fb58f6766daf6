/**
 * Bundles the program to `dist/main.js` and, for what is loaded when it is needed, `dist/chunks/`: a start reads a dozen
 * files instead of a thousand, see docs/decisions/starts.md. Copies the libraries of the pages to `dist/libraries/`, and
 * the licences of all that it bundles and copies, so that an installation without devDependencies has them. Run by
 * `npm run build`; it does not check types.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { findLibraryFile, libraryFiles } from '../src/pages/libraries.ts';

const folder = 'dist';

/** Not bundled: instrumentations of OpenTelemetry replace the first, and share the second. */
const external = ['pg', '@opentelemetry/api'];

const previousBuild = fs.statSync(join(folder, 'main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
/** Milliseconds that a build takes to write its files, at most. */
const writeTime = 60_000;

const bundle = await rolldown({
  input: { main: 'src/main.ts' },
  platform: 'node',
  external,
  transform: { target: 'node20.19' },
});
const { output } = await bundle.write({
  dir: folder,
  // Source files are two folders deep too, so that they find `prisma/` and `pages/` by their own URL.
  // The hash keeps a running server, which loads some of them later, from those of another build.
  chunkFileNames: 'chunks/[name]-[hash].js',
  sourcemap: true,
  sourcemapExcludeSources: true,
});
const written = new Set(output.map(({ fileName }) => join(folder, fileName)));

function copy(from: URL | string, to: string): void {
  const path = join(folder, to);
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.copyFileSync(from, path);
  written.add(path);
}

for (const path of Object.values(libraryFiles)) copy(findLibraryFile(path), `libraries/${path}`);

/** The folders of the packages that are bundled or copied. */
const packages = new Set(
  [
    ...output.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : [])),
    ...Object.values(libraryFiles).map((path) => `node_modules/${path}`),
  ].flatMap((path) => {
    const posix = path.replaceAll('\\', '/');
    return /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(posix)?.[0] ?? [];
  }),
);
for (const path of packages) {
  const target = `licences/${path.slice(path.indexOf('node_modules/') + 'node_modules/'.length)}`;
  const names = fs.readdirSync(path).filter((one) => /licen[cs]e|notice/i.test(one));
  for (const name of names) copy(join(path, name), `${target}/${name}`);
  // Where the package has no such file, it names its licence.
  if (names.length === 0) copy(join(path, 'package.json'), `${target}/package.json`);
}

const isOfRunningServer = (path: string): boolean =>
  path.startsWith(join(folder, 'chunks')) && fs.statSync(path).mtimeMs > previousBuild - writeTime;

// Folders after their content.
const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).reverse();
for (const entry of entries) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isDirectory()) {
    if (fs.readdirSync(path).length === 0) fs.rmdirSync(path);
  } else if (!written.has(path) && !isOfRunningServer(path)) fs.rmSync(path);
}
