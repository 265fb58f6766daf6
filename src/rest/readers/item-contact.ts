import type { GraphQLInputType } from 'graphql';
import { isJsonObject } from '../../http/json-object.ts';
import type { ParameterReader } from '../route.ts';
import { describeField, readInputObject, toFieldError } from './input-object.ts';

/** The `contact` of a body. One with an id is the read-only field of an item that is sent back, and is ignored. */
export const itemContactReader: ParameterReader = {
  sets: ['contact'],
  hasRestNames: true,
  read: (value, type, nullable) =>
    isJsonObject(value) && 'id' in value
      ? {}
      : { contact: readInputObject(value, type, { place: 'contact', nullable }) },
  describe: (schemas, type) => describeField(type as GraphQLInputType, schemas),
  toError: toFieldError,
};
