import './scalars.ts';
import './agent.ts';
import './contacts/contact.ts';
import './board.ts';
import './column.ts';
import './items/item.ts';
import './items/item-queries.ts';
import './items/item-group.ts';
import './items/item-mutations.ts';
import './items/item-batch.ts';
import './change.ts';
import './change-stream.ts';
import './contacts/contact-mutations.ts';
import './contacts/contact-batch.ts';
import './contacts/contact-change.ts';
import './webhooks/webhook-mutations.ts';
import './node.ts';
import './viewer.ts';
import { builder } from './builder.ts';

/** The complete schema. GraphQL clients see it, and REST endpoints run operations on it. */
export const schema = builder.toSchema();
