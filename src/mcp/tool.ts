import type { JsonObject } from '../http/json-object.ts';
import type { ParameterReader, Route } from '../rest/route.ts';
import type { Answer } from './answer.ts';

/** Rows of a list where the model names no number. */
export const defaultRows = 20;

/**
 * A tool for language models: one prepared operation, like an endpoint of REST. Its parameters are the variables, and
 * those with a reader.
 */
export interface Tool extends Pick<Route, 'operation' | 'notFound'> {
  /** As in a route; `schemas` has their forms. */
  readers?: Readonly<Record<string, Omit<ParameterReader, 'describe'>>>;
  name: string;
  /** For the model: what the tool does, and what it must know to call it. */
  description: string;
  /** Descriptions of parameters whose names do not tell enough. */
  parameters?: Readonly<Record<string, string>>;
  /** JSON Schemas of parameters with a reader, and of those that only the answer depends on. */
  schemas?: Readonly<Record<string, JsonObject>>;
  /** Parameters that choose what is answered, and are no variables. */
  answerParameters?: readonly string[];
  isDestructive?: true;
  /** The properties of the answer, by the types of JSON. */
  output: Readonly<Record<string, string>>;
  /** From the operation's `data`, and the arguments. */
  answer: (data: never, args: JsonObject) => Answer;
}
