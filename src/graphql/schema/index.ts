import './scalars.ts';
import './agent.ts';
import './contact.ts';
import './board.ts';
import './column.ts';
import './item.ts';
import './item-group.ts';
import './item-mutations.ts';
import './item-batch.ts';
import './change.ts';
import './node.ts';
import './viewer.ts';
import { builder } from './builder.ts';

/** The complete schema. GraphQL clients see it, and REST endpoints run operations on it. */
export const schema = builder.toSchema();
