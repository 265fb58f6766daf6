import { readFileSync } from 'node:fs';
import { StaticContent } from '../http/static-content.ts';
import { findLibraryFile, libraryFiles } from './libraries.ts';

const folder = new URL('../../pages/', import.meta.url);

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

const ownFiles = [
  'icon.svg',
  'style.css',
  'home.js',
  'docs.css',
  'docs.js',
  'explorer.css',
  'explorer.js',
];

/** The text of a file in `pages/`. */
export const readPage = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

const readLibrary = (path: string): string => readFileSync(findLibraryFile(path), 'utf8');

const asset = (name: string, load: () => string): [string, StaticContent] => [
  name,
  new StaticContent(load, { type: types[name.split('.').at(-1) ?? ''] ?? '' }),
];

/** The files that pages load, by their names in `/assets/`. */
export const assets: ReadonlyMap<string, StaticContent> = new Map([
  ...ownFiles.map((name) => asset(name, () => readPage(name))),
  ...Object.entries(libraryFiles).map(([name, path]) => asset(name, () => readLibrary(path))),
]);

/** A page, whose assets have their versions in their URLs, so that browsers keep them until they change. */
export const withVersions = (html: string): string =>
  html.replace(/\/assets\/([\w.-]+)/g, (url, name: string) => {
    const asset = assets.get(name);
    if (asset === undefined) throw new Error(`there is no ${url}`);
    return `${url}?v=${asset.version}`;
  });
