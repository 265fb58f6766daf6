/**
 * Bundles the program to `dist/main.js` and, for what is loaded when it is needed, `dist/chunks/`: a start reads a dozen
 * files instead of a thousand, see docs/decisions/starts.md. Copies the libraries of the pages to `dist/libraries/`, and
 * the licences of all that it bundles and copies, so that an installation without devDependencies has them. Run by
 * `npm run build`; it does not check types.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { findLibraryFile, libraryFiles } from '../src/pages/libraries.ts';

const folder = 'dist';

/** Not bundled: instrumentations of OpenTelemetry replace the first, and share the second. */
const external = ['pg', '@opentelemetry/api'];

const previousBuild = fs.statSync(join(folder, 'main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
/** Milliseconds that a build takes to write its files, at most. */
const writeTime = 60_000;

/**
 * Prisma's query compiler is WebAssembly, as text in base64 of which each process would keep 4.6 MB: a file of its own,
 * whose bytes take the place of the text, which Prisma passes to `Buffer.from(wasm, 'base64')`.
 */
const wasmFiles: Plugin = {
  name: 'wasm-files',
  async load(id) {
    if (!id.endsWith('.wasm-base64.mjs')) return null;
    const { wasm } = (await import(pathToFileURL(id).href)) as { wasm: string };
    const source = Buffer.from(wasm, 'base64');
    const hash = createHash('sha256').update(source).digest('hex').slice(0, 8);
    const name = `${basename(id, '.wasm-base64.mjs')}-${hash}.wasm`;
    this.emitFile({ type: 'asset', fileName: `chunks/${name}`, source });
    return `import { readFileSync } from 'node:fs';
      export const wasm = readFileSync(new URL('./${name}', import.meta.url));`;
  },
};

/**
 * One character beyond Latin-1 doubles the memory of a whole script in V8. `charset` below escapes those of texts; these
 * are the others, of comments.
 */
const asciiScripts: Plugin = {
  name: 'ascii-scripts',
  renderChunk: (code) => ({
    code: code.replace(
      /[^\0-\x7f]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
    // The lines stay what they are.
    map: null,
  }),
};

const bundle = await rolldown({
  input: { main: 'src/main.ts' },
  platform: 'node',
  external,
  plugins: [wasmFiles, asciiScripts],
  transform: { target: 'node20.19' },
});
const { output } = await bundle.write({
  dir: folder,
  // Source files are two folders deep too, so that they find `prisma/` and `pages/` by their own URL.
  // The hash keeps a running server, which loads some of them later, from those of another build.
  chunkFileNames: 'chunks/[name]-[hash].js',
  sourcemap: true,
  charset: 'ascii',
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
