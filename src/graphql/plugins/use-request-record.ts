import { type DocumentNode, getOperationAST, Kind } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isErrorCode } from '../../errors.ts';
import type { Context, RequestContexts } from '../../request/context.ts';

/** Records the operation and the first error of GraphQL requests, for the log and the metrics. */
export function useRequestRecord(requestContexts: RequestContexts): Plugin {
  const record = ({ args }: Operation) => {
    const { request } = args.contextValue as Context;
    const requestRecord = requestContexts.recordOf(request);
    // REST has recorded its endpoint.
    if (requestRecord.operation !== undefined) return;
    const operation = getOperationAST(args.document, args.operationName);
    const [first] = operation?.selectionSet.selections ?? [];
    const field = first?.kind === Kind.FIELD ? first.name.value : 'fragment';
    requestRecord.api = 'graphql';
    requestRecord.operation = `${operation?.operation} ${field}`;
    requestRecord.operationName = operation?.name?.value.slice(0, 100);
  };
  return {
    onExecute: record,
    onSubscribe: record,
    onResultProcess({ request, result }) {
      const { errors } = result as { errors?: readonly { extensions?: { code?: unknown } }[] };
      const requestRecord = requestContexts.recordOf(request);
      requestRecord.api = 'graphql';
      const code = errors?.[0]?.extensions?.code;
      if (isErrorCode(code)) requestRecord.code = code;
    },
  };
}

/** The part of an execution or a subscription that is used here. */
interface Operation {
  args: {
    document: DocumentNode;
    operationName?: string | null | undefined;
    contextValue?: unknown;
  };
}
