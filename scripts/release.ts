/**
 * Checks whether a version can be released, and with --tag writes it into package.json and CHANGELOG.md, commits and tags
 * them. It pushes nothing. See docs/releases.md.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';

const usage = `Usage: npm run release -- VERSION [--tag]
Checks the version, the branch, CHANGELOG.md and breaking changes. With --tag it commits and tags the release; without,
it changes nothing.`;

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();

type Version = readonly [major: number, minor: number, patch: number];

function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(text) ?? [];
  return patch === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** The versions that may follow one by Semantic Versioning. */
function followers([major, minor, patch]: Version): { major: string; others: string[] } {
  const others = [`${major}.${minor + 1}.0`, `${major}.${minor}.${patch + 1}`];
  return { major: `${major + 1}.0.0`, others };
}

interface Release {
  version: string;
  current: string;
  changelog: string;
}

/** The reasons against a release. */
function problemsOf({ version, current, changelog }: Release): string[] {
  const problems: string[] = [];
  const now = parseVersion(current);
  if (now === undefined || parseVersion(version) === undefined)
    return [`'${version}' or '${current}' in package.json is no version like 1.2.3.`];
  const { major, others } = followers(now);
  const {
    status,
    stdout: breaking,
    stderr,
  } = spawnSync('npm', ['run', '--silent', 'breaking'], {
    encoding: 'utf8',
  });
  if (status !== 0) problems.push(`npm run breaking failed:\n${stderr.trim()}`);
  if (![major, ...others].includes(version))
    problems.push(`After ${current} comes ${[...others, major].join(', or ')}.`);
  // Before 1.0.0 anything may change.
  if (breaking.startsWith('Breaking changes') && now[0] > 0 && version !== major)
    problems.push(`${breaking.trim()}\nThese need ${major}.`);
  if (git('status', '--porcelain') !== '')
    problems.push('There are changes that are not committed.');
  if (git('rev-parse', '--abbrev-ref', 'HEAD') !== 'main') problems.push('The branch is not main.');
  if (git('tag', '--list', `v${version}`) !== '') problems.push(`The tag v${version} exists.`);
  if (!/^- /m.test(unreleased(changelog)))
    problems.push('CHANGELOG.md has nothing under [Unreleased].');
  return problems;
}

/** The part of the changelog that the release gets. */
const unreleased = (changelog: string): string =>
  /^## \[Unreleased\]\n(.*?)(?=^## \[|(?![\s\S]))/ms.exec(changelog)?.[1] ?? '';

/** Writes the version, commits and tags. */
function tag({ version, changelog }: Release): void {
  const today = new Date().toISOString().slice(0, 10);
  const heading = `## [Unreleased]\n\n## [${version}] - ${today}\n`;
  writeFileSync('CHANGELOG.md', changelog.replace('## [Unreleased]\n', heading));
  execFileSync('npm', ['version', version, '--no-git-tag-version', '--ignore-scripts'], {
    stdio: 'ignore',
  });
  git('commit', '--quiet', '--all', '--message', `chore: release ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', `items-gateway ${version}`);
}

/** Returns the exit code. */
function run(print: (text: string) => void): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tag: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [version, another] = positionals;
  if (values.help || version === undefined || another !== undefined) {
    print(usage);
    return values.help ? 0 : 1;
  }
  const { version: current } = JSON.parse(readFileSync('package.json', 'utf8'));
  const release = { version, current, changelog: readFileSync('CHANGELOG.md', 'utf8') };
  const problems = problemsOf(release);
  for (const problem of problems) print(problem);
  if (problems.length > 0) return 1;
  if (!values.tag) print(`${version} can be released. Nothing was changed; --tag releases it.`);
  else {
    tag(release);
    print(`Tagged v${version}. Publish it: git push --follow-tags`);
  }
  return 0;
}

process.exitCode = run((text) => void process.stdout.write(`${text}\n`));
