import {
  type Change as ChangeRow,
  changedFields,
  type FieldChange as FieldChangeRow,
} from '../../../domain/change-log.ts';
import type { ContactChange } from '../../../domain/contacts/contact-log.ts';
import { Agent } from '../agent.ts';
import { builder } from '../builder.ts';

const ChangeSubject = builder.enumType('ChangeSubject', {
  description: 'The kind of object that changed.',
  values: {
    ITEM: { description: 'An item.' },
    COLUMN: { description: 'A column of the board.' },
    BOARD: { description: 'The board itself.' },
    CONTACT: { description: 'A contact.' },
  },
});

const ChangeAction = builder.enumType('ChangeAction', {
  description: 'The kind of change.',
  values: {
    CREATED: { description: 'The object was created.' },
    UPDATED: { description: 'Fields of the object were changed; it may also have moved.' },
    MOVED: { description: 'The object was moved, and nothing else was changed.' },
    SHIFTED: {
      description:
        'The position of an item was changed to make room for another item. Its version stays the same.',
    },
    MERGED: { description: 'The contact was merged into another one, which its id stands for.' },
    DELETED: { description: 'The object was deleted.' },
  },
});

const FieldChange = builder.objectRef<FieldChangeRow>('FieldChange').implement({
  description: 'The change of one field.',
  fields: (t) => ({
    field: t.exposeString('field', {
      description:
        'The name of the field, like `title` or `columnId`; `values.<key>` for one custom field.',
    }),
    before: t.expose('before', {
      type: 'Json',
      nullable: true,
      description: 'The value before the change; null if there was none.',
    }),
    after: t.expose('after', {
      type: 'Json',
      nullable: true,
      description: 'The value after the change; null if there is none.',
    }),
  }),
});

/** The common part of the entries of all logs. */
interface LogEntry {
  boardId?: string;
  version?: number | null;
  revision: number;
  subject: ChangeRow['subject'] | ContactChange['subject'];
  subjectId: string;
  action: ChangeRow['action'] | ContactChange['action'];
  agentId: string | null;
  at: Date;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export const Change = builder.interfaceRef<LogEntry>('Change').implement({
  description: 'An entry of a change log.',
  resolveType: ({ subject }) => (subject === 'CONTACT' ? 'ContactChange' : 'BoardChange'),
  fields: (t) => ({
    revision: t.exposeFloat('revision', {
      description:
        'The revision of the log after the change: the one of the board, or of the contacts. Revisions have no gaps; changes of one transaction share one.',
    }),
    boardId: t.exposeID('boardId', {
      nullable: true,
      description: 'The id of the board; null for contacts.',
    }),
    version: t.exposeInt('version', {
      nullable: true,
      description: 'The version of the item after the change; null for all other objects.',
    }),
    subject: t.field({
      type: ChangeSubject,
      description: 'The kind of object that changed.',
      resolve: ({ subject }) => subject,
    }),
    subjectId: t.exposeID('subjectId', { description: 'The id of the object that changed.' }),
    action: t.field({
      type: ChangeAction,
      description: 'The kind of change.',
      resolve: ({ action }) => action,
    }),
    changedAt: t.expose('at', { type: 'DateTime', description: 'When the change was made.' }),
    actor: t.field({
      type: Agent,
      nullable: true,
      description: 'The agent that made the change; null if unknown.',
      resolve: ({ agentId }, _, { loaders }) =>
        agentId === null ? null : loaders.agent.load(agentId),
    }),
    fields: t.field({
      type: [FieldChange],
      description:
        'The fields that changed. A creation lists all fields with their first values, a deletion with their last.',
      resolve: (change) => changedFields(change),
    }),
  }),
});

/** The argument of every list of changes that a client may reverse. */
export const newestFirst = () =>
  builder.args((t) => ({
    newestFirst: t.boolean({
      defaultValue: false,
      description: 'Return the newest changes first.',
    }),
  }));
