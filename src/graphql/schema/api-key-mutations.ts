import { requireScope } from '../../auth/scopes.ts';
import { type CreatedKey, checkApiKey, createApiKey, revokeApiKey } from '../../domain/api-keys.ts';
import { ApiKey, ApiScope } from './api-key.ts';
import { builder } from './builder.ts';
import { writeArgs, writeContextOf } from './write-context.ts';

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'An API key to create.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'A name for people.' }),
    scope: t.field({
      type: ApiScope,
      required: true,
      description: 'The highest scope: `WRITE` includes `READ`, and `ADMIN` includes both.',
    }),
    agentId: t.id({
      description: 'The agent that the key acts as. By default your own, or that of `agentName`.',
    }),
    agentName: t.string({
      description: 'The name of the agent that the key acts as. A new name creates an agent.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it stops working; by default never.',
    }),
    rateLimit: t.int({
      description: 'Requests per minute; by default the limit of the server.',
    }),
  }),
});

const ApiKeyPayload = builder.objectRef<CreatedKey>('CreateApiKeyPayload').implement({
  description: 'A new API key, and its text.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKey,
      description: 'The key without its text.',
      resolve: ({ apiKey }) => apiKey,
    }),
    key: t.exposeString('text', {
      nullable: true,
      description:
        'The text of the key, like `itk_…`. Save it now: it is not stored. Null for a dry run, and for a repeated Idempotency-Key: revoke the key and create another.',
    }),
  }),
});

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: ApiKeyPayload,
    nullable: true,
    description: 'Creates an API key of your workspace. Requires the scope `admin`.',
    args: {
      input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      requireScope(context.caller, 'admin');
      checkApiKey(args.input);
      return createApiKey(writeContextOf(context, args, info), args.input);
    },
  }),
  revokeApiKey: t.field({
    type: ApiKey,
    nullable: true,
    description:
      'Revokes an API key of your workspace, which stops working within 5 seconds. Requires the scope `admin`.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of the key.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      requireScope(context.caller, 'admin');
      return revokeApiKey(writeContextOf(context, args, info), args.id);
    },
  }),
}));
