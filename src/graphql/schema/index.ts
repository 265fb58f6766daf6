import './scalars.ts';
import './agent.ts';
import './contacts/contact.ts';
import './board.ts';
import './column.ts';
import './items/item.ts';
import './items/item-queries.ts';
import './items/item-group.ts';
import './items/value-key.ts';
import './items/item-mutations.ts';
import './items/item-batch.ts';
import './changes/board-change.ts';
import './changes/change-stream.ts';
import './changes/workspace-changes.ts';
import './contacts/contact-mutations.ts';
import './contacts/contact-batch.ts';
import './contacts/contact-change.ts';
import './webhooks/webhook-mutations.ts';
import './api-key-mutations.ts';
import './node.ts';
import './viewer.ts';
import { countFields } from '../execution/counted-fields.ts';
import { builder } from './builder.ts';

const description = `The items of CRM boards: deals, tickets, leads.

Start with \`boards\`: it lists the boards of your workspace. \`board(id:)\` is one board with its columns and their items, \`items\` searches and filters, \`itemGroups\` of a board has counts and sums. \`createItem\`, \`updateItem\` (which moves, too) and \`deleteItem\` write, \`writeItems\` writes up to 500 items at once. \`boardChanges\` follows what others change.

Every request needs the header \`Authorization: Bearer <API key>\`. Lists are Relay connections: \`nodes\` are the rows, \`pageInfo.endCursor\` is the \`after\` of the next page. An error has a code in \`extensions.code\`: see \`ErrorCode\`.`;

/** The complete schema. GraphQL clients see it, and REST endpoints run operations on it. */
export const schema = Object.assign(countFields(builder.toSchema()), { description });
