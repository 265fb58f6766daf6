import type { JsonObject } from '../http/json-object.ts';

/** An item of an export: as REST returns it, with the name of its column. */
export interface ExportedItem {
  id: string;
  title: string;
  position: number;
  version: number;
  column_name: string | null;
  values: JsonObject;
  labels: readonly string[];
  contact: { id: string; name: string; email: string | null; phone: string | null } | null;
  created_at: string;
  updated_at: string;
}

/** The cells of CSV before those of the values. */
export const fixedCells = {
  id: ({ id }) => id,
  title: ({ title }) => title,
  column_name: ({ column_name }) => column_name ?? '',
  position: ({ position }) => String(position),
  labels: ({ labels }) => labelsText(labels),
  contact_id: ({ contact }) => contact?.id ?? '',
  contact_name: ({ contact }) => contact?.name ?? '',
  contact_email: ({ contact }) => contact?.email ?? '',
  contact_phone: ({ contact }) => contact?.phone ?? '',
  version: ({ version }) => String(version),
  created_at: ({ created_at }) => created_at,
  updated_at: ({ updated_at }) => updated_at,
} as const satisfies Record<string, (item: ExportedItem) => string>;

/** `a, b`, or JSON where a label has a separator. */
const labelsText = (labels: readonly string[]): string =>
  labels.some((label) => /[,;[{]|^\s|\s$/.test(label)) ? JSON.stringify(labels) : labels.join(', ');

/** The cell of a value. */
export const cellText = (value: unknown): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
