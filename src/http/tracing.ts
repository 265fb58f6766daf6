import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  context,
  isSpanContextValid,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { RequestObserver } from './request-log.ts';

/** A span of this request, and whether this module ends it. */
interface RequestSpan {
  span: Span;
  isOwn: boolean;
}

const spans = new WeakMap<object, RequestSpan>();

/**
 * Runs each request in a span, a child of its `traceparent`, so that spans of the database are its children. An
 * instrumentation of `node:http` has already started one, which is then used. Without an SDK of OpenTelemetry, which the
 * operator preloads, nothing happens.
 */
export function traceRequests(listener: RequestListener): RequestListener {
  const tracer = trace.getTracer('items-gateway');
  return (message: IncomingMessage, response: ServerResponse) => {
    const outer = trace.getActiveSpan();
    if (outer !== undefined) {
      spans.set(response, { span: outer, isOwn: false });
      return listener(message, response);
    }
    const parent = propagation.extract(context.active(), message.headers);
    const span = tracer.startSpan(`${message.method}`, { kind: SpanKind.SERVER }, parent);
    if (!isSpanContextValid(span.spanContext())) return listener(message, response);
    spans.set(response, { span, isOwn: true });
    context.with(trace.setSpan(parent, span), () => listener(message, response));
  };
}

/** Names the span of a request, and ends it. It has no key, no token and no value of an item. */
export const endSpan: RequestObserver = ({ request, response, record, status }) => {
  const found = spans.get(response);
  if (found === undefined) return;
  const { span, isOwn } = found;
  const { api, operation, operationName, code, statements } = record;
  if (operation !== undefined) span.updateName(operation);
  span.setAttributes({
    'http.request.method': request.method,
    'http.response.status_code': status,
    ...(api === 'rest' && operation !== undefined && { 'http.route': operation.split(' ')[1] }),
    ...(operationName !== undefined && { 'graphql.operation.name': operationName }),
    ...(code !== undefined && { 'error.type': code }),
    'items_gateway.statements': statements.count,
  });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  if (isOwn) span.end();
};
