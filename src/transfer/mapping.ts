import { invalid } from '../errors.ts';

/** A part of an item that a cell sets, beside `values.<key>`. */
const targets = [
  'title',
  'column_name',
  'column_id',
  'labels',
  'values',
  'contact',
  'contact_id',
  'contact_name',
  'contact_email',
  'contact_phone',
] as const;

type NamedTarget = (typeof targets)[number];
/** An item is found by its `id`, if it still has the `version`; everything else is set. */
export type Target = NamedTarget | 'id' | 'version' | `values.${string}`;

/** Fields of exported items and of rejected rows that nothing can set. */
const ignored: ReadonlySet<string> = new Set([
  'id',
  'board_id',
  'position',
  'version',
  'conversation_ids',
  'created_by',
  'created_at',
  'updated_at',
  'line',
  'reason',
]);

/** Headers of other programs, as letters and digits only, in the order of their likelihood. */
const synonyms: readonly (readonly [NamedTarget, readonly string[]])[] = [
  ['title', ['title', 'titel', 'dealname', 'deal', 'subject', 'betreff', 'opportunityname']],
  ['title', ['name', 'cardname', 'item', 'itemname', 'task', 'bezeichnung', 'company', 'firma']],
  ['column_name', ['column', 'stage', 'dealstage', 'pipelinestage', 'spalte', 'status', 'phase']],
  ['column_name', ['list', 'listname', 'group']],
  ['labels', ['labels', 'label', 'tags', 'tag']],
  ['contact_name', ['contactname', 'contact', 'kontakt', 'ansprechpartner', 'contactperson']],
  ['contact_name', ['fullname', 'person', 'personname']],
  ['contact_email', ['contactemail', 'email', 'emailaddress', 'mail', 'personemail']],
  ['contact_phone', ['contactphone', 'phone', 'phonenumber', 'telephone', 'tel', 'telefon']],
  ['contact_phone', ['mobile', 'mobilephone', 'handy', 'whatsapp', 'personphone']],
];

/** `Deal Value` as a key of values: `deal_value`. */
const toKey = (header: string): string =>
  header
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');

const lettersOf = (header: string): string => toKey(header).replaceAll('_', '');

/** A column and what it sets. */
export type MappingEntry = readonly [string, readonly Target[]];

export interface MappingOptions {
  /** The header of the file, or the keys of its first object. */
  header: readonly string[];
  /** The keys that the values of the board's items have. */
  valueKeys?: readonly string[];
  /** The mapping of an earlier run of the import, which replaces everything else. */
  entries?: readonly MappingEntry[] | undefined;
  /** Pairs like `Deal=title`, which replace what is guessed; `Deal=` ignores the column. */
  map?: readonly string[];
  /** The key of the values by which existing items are found, or `id` for the items' own. */
  match?: string | undefined;
}

/** The parts of items that the columns of a file set. */
export class Mapping {
  readonly #targets = new Map<string, readonly Target[]>();
  readonly #valueKeys: readonly string[];

  /** Throws VALIDATION_ERROR for a pair that names no column or no target. */
  constructor({ header, valueKeys = [], entries, map = [], match }: MappingOptions) {
    this.#valueKeys = valueKeys;
    if (entries !== undefined) {
      for (const [name, list] of entries) this.#targets.set(name, list);
      return;
    }
    for (const pair of map) this.#set(header, pair);
    this.#guess(
      header.filter((name) => name !== '' && !this.#targets.has(name)),
      match,
    );
    if (match !== undefined) this.#setMatch(match);
  }

  /** The columns with their targets, in the order of the header. */
  entries(header: readonly string[]): MappingEntry[] {
    return header.filter((name) => name !== '').map((name) => [name, this.targetsOf(name)]);
  }

  /** The targets of a column; those of a key that the first object of a file did not have are guessed. */
  targetsOf(name: string): readonly Target[] {
    const found = this.#targets.get(name);
    if (found !== undefined) return found;
    const guessed = this.#valueTargets(name);
    this.#targets.set(name, guessed);
    return guessed;
  }

  /** True if a column sets the target. */
  has(target: Target): boolean {
    return [...this.#targets.values()].some((targets) => targets.includes(target));
  }

  /** True if a column sets nothing but values. */
  isValue(name: string): boolean {
    const targets = this.targetsOf(name);
    return targets.length > 0 && targets.every((target) => target.startsWith('values.'));
  }

  #set(header: readonly string[], pair: string): void {
    const at = pair.lastIndexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (at < 1) throw invalid('map', `must be like 'Header=title', not '${pair}'`);
    if (!header.includes(name))
      throw invalid('map', `names '${name}'; the columns are ${header.join(', ')}`);
    const list = pair.slice(at + 1).split(',');
    this.#targets.set(
      name,
      list
        .map((text) => text.trim())
        .filter(Boolean)
        .map(toTarget),
    );
  }

  #guess(header: readonly string[], match: string | undefined): void {
    const own = match === 'id' && header.includes('id') ? ['id', 'version', 'contact_id'] : [];
    // In another workspace the contacts of an export have other ids: they are found by their addresses.
    const hasAddress = header.includes('contact_email') || header.includes('contact_phone');
    for (const name of header) {
      const isExact = (targets as readonly string[]).includes(name) || name.startsWith('values.');
      const isIgnored = name === 'contact_id' ? hasAddress : ignored.has(name);
      if (own.includes(name) || (isExact && !isIgnored)) this.#targets.set(name, [name as Target]);
      else if (isIgnored) this.#targets.set(name, []);
    }
    for (const [target, words] of synonyms) {
      if (this.has(target)) continue;
      const name = words
        .map((word) => header.find((one) => !this.#targets.has(one) && lettersOf(one) === word))
        .find((one) => one !== undefined);
      if (name === undefined) continue;
      const key = this.#storedKey(name);
      // Where items of the board have the address among their values, new ones get it there too.
      const isAddress = target === 'contact_email' || target === 'contact_phone';
      this.#targets.set(
        name,
        isAddress && key !== undefined ? [target, `values.${key}`] : [target],
      );
    }
    for (const name of header)
      if (!this.#targets.has(name)) this.#targets.set(name, this.#valueTargets(name));
    if (!this.has('title')) this.#useAsTitle();
  }

  /** Items are named after their contacts where nothing else names them. */
  #useAsTitle(): void {
    for (const [name, targets] of this.#targets)
      if (targets.includes('contact_name')) this.#targets.set(name, ['title', ...targets]);
  }

  /** The column that sets the key, or an address of that name, also sets it among the values. */
  #setMatch(match: string): void {
    const target: Target = `values.${match}`;
    if (this.has(target)) return;
    if (match === 'id' && this.has('id')) return;
    const source = [...this.#targets].find(([, targets]) =>
      targets.some((one) => one === `contact_${match}`),
    );
    if (source === undefined)
      throw invalid('match', `must be a key that a column sets: map one to ${target}`);
    this.#targets.set(source[0], [...source[1], target]);
  }

  #storedKey(name: string): string | undefined {
    return this.#valueKeys.find((key) => lettersOf(key) === lettersOf(name));
  }

  #valueTargets(name: string): readonly Target[] {
    const key = this.#storedKey(name) ?? toKey(name);
    return key === '' ? [] : [`values.${key}`];
  }
}

function toTarget(text: string): Target {
  if ((targets as readonly string[]).includes(text) || /^values\../s.test(text))
    return text as Target;
  throw invalid('map', `names '${text}'; use ${targets.join(', ')} or values.<key>`);
}
