import type { GraphQLInputType } from 'graphql';
import { parameterSchema } from '../openapi/input-schema.ts';
import { readInputList, toFieldError } from '../readers/input-object.ts';
import type { Route } from '../route.ts';
import { describeDateRange, readDateRange } from '../search-body.ts';
import { changeSelection, logRoutes } from './changes.ts';

const contactSelection = `id name phone email merged_ids: mergedIds created_at: createdAt updated_at: updatedAt`;

const missingContact = {
  code: 'CONTACT_NOT_FOUND',
  message: ({ id }) => `Contact '${id}' not found`,
} as const satisfies Route['notFound'];

const contactPage = `rows: nodes { ${contactSelection} } total: totalCount page: pageInfo { hasNextPage endCursor }`;

/** The rows of contacts in the table of all endpoints. */
export const contactRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/contacts',
    envelope: 'list',
    operation: `query listContacts($search: String, $email: String, $phone: String, $sort_by: ContactOrderField! = CREATED_AT, $sort_order: OrderDirection! = ASC,
      $limit: Int! = 50, $offset: Int! = 0, $cursor: String) {
      data: contacts(search: $search, email: $email, phone: $phone, orderBy: [{ field: $sort_by, direction: $sort_order }],
        first: $limit, offset: $offset, after: $cursor) { ${contactPage} }
    }`,
  },
  {
    method: 'POST',
    path: '/contacts/search',
    envelope: 'search',
    readers: { date_range: { sets: ['dates'], read: readDateRange, describe: describeDateRange } },
    operation: `query searchContacts($query: String, $email: String, $phone: String, $dates: ContactFilter! = {},
      $sort_by: ContactOrderField! = CREATED_AT, $sort_order: OrderDirection! = DESC, $limit: Int! = 50, $offset: Int! = 0, $cursor: String) {
      data: contacts(search: $query, email: $email, phone: $phone, filter: $dates, orderBy: [{ field: $sort_by, direction: $sort_order }],
        first: $limit, offset: $offset, after: $cursor) { ${contactPage} }
    }`,
  },
  ...logRoutes({
    path: '/contacts/changes',
    name: 'ContactChanges',
    field: 'contactChanges',
    selection: changeSelection,
  }),
  {
    method: 'GET',
    path: '/contacts/:id',
    envelope: 'object',
    notFound: missingContact,
    operation: `query getContact($id: ID!) { data: contact(id: $id) { ${contactSelection} } }`,
  },
  {
    method: 'POST',
    path: '/contacts',
    envelope: 'object',
    status: 201,
    pick: 'contact',
    operation: `mutation createContact($name: String!, $phone: String, $email: String, $validate_only: Boolean) {
      data: createContact(input: { name: $name, phone: $phone, email: $email }, validateOnly: $validate_only) {
        contact { ${contactSelection} }
      }
    }`,
  },
  {
    method: 'PUT',
    path: '/contacts/:id',
    envelope: 'object',
    pick: 'contact',
    ignoresReadOnly: true,
    operation: `mutation updateContact($id: ID!, $name: String, $phone: String, $email: String, $validate_only: Boolean) {
      data: updateContact(input: { id: $id, name: $name, phone: $phone, email: $email }, validateOnly: $validate_only) {
        contact { ${contactSelection} }
      }
    }`,
  },
  {
    method: 'DELETE',
    path: '/contacts',
    envelope: 'object',
    operation: `mutation deleteContacts($contact_ids: [ID!]!, $move_items_to: ID, $unlink_items: Boolean, $delete_items: Boolean,
      $validate_only: Boolean) {
      data: deleteContacts(input: { ids: $contact_ids, moveItemsTo: $move_items_to, unlinkItems: $unlink_items,
        deleteItems: $delete_items }, validateOnly: $validate_only) { deleted: deletedCount contact_ids: deletedIds }
    }`,
  },
  {
    method: 'POST',
    path: '/contacts/:id/merge',
    envelope: 'object',
    pick: 'contact',
    operation: `mutation mergeContacts($id: ID!, $contact_ids: [ID!]!, $validate_only: Boolean) {
      data: mergeContacts(input: { into: $id, ids: $contact_ids }, validateOnly: $validate_only) {
        contact { ${contactSelection} }
      }
    }`,
  },
  {
    method: 'POST',
    path: '/contacts/batch',
    envelope: 'batch',
    readers: {
      contacts: {
        sets: ['contacts'],
        hasRestNames: true,
        read: (value, type, nullable) => ({
          contacts: readInputList(value, type, { place: 'contacts', nullable }),
        }),
        describe: (schemas, type) => parameterSchema(type as GraphQLInputType, schemas),
        toError: toFieldError,
      },
    },
    operation: `mutation upsertContacts($match_on: ContactMatch!, $contacts: [ContactUpsertInput!]!, $mode: BatchMode! = ATOMIC,
      $validate_only: Boolean) {
      data: upsertContacts(input: { matchOn: $match_on, contacts: $contacts, mode: $mode }, validateOnly: $validate_only) {
        created: createdCount updated: updatedCount failed: failedCount
        results { index action contact { ${contactSelection} } error { code message details { field message } context } }
      }
    }`,
  },
];
