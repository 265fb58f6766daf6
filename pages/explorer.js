// The explorer: GraphiQL with example tabs, and subscriptions as server-sent events.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const key = read('key');
const tabs = read('tabs');
const authorization = `Bearer ${key ?? '<your API key>'}`;

const send = (params, headers, options) =>
  fetch('/graphql', {
    method: 'POST',
    body: JSON.stringify(params),
    ...options,
    headers: {
      'Content-Type': 'application/json',
      // A reload forgets the headers of a tab; the key of the demo workspace is public.
      ...(key !== null && { Authorization: authorization }),
      ...headers,
      ...options.headers,
    },
  });

async function run(params, headers) {
  const response = await send(params, headers, { headers: { Accept: 'application/json' } });
  return response.json();
}

/** The results of a subscription, until GraphiQL calls `return`. */
function follow(params, headers) {
  const stop = new AbortController();
  const results = events(params, headers, stop.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => results.next(),
    return(value) {
      stop.abort();
      return Promise.resolve({ done: true, value });
    },
  };
}

async function* events(params, headers, signal) {
  const response = await send(params, headers, {
    signal,
    headers: { Accept: 'text/event-stream' },
  });
  if (!response.headers.get('Content-Type')?.includes('event-stream')) {
    yield response.json();
    return;
  }
  let text = '';
  try {
    for await (const part of partsOf(response.body.pipeThrough(new TextDecoderStream()))) {
      text += part;
      const [, ...rest] = text.split(/\r?\n\r?\n/).reverse();
      text = text.split(/\r?\n\r?\n/).at(-1);
      for (const event of rest.reverse()) {
        const data = /^data: ?(.+)$/m.exec(event)?.[1];
        if (data !== undefined) yield JSON.parse(data);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* partsOf(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function isSubscription({ operationName }, { documentAST } = {}) {
  const operations = (documentAST?.definitions ?? []).filter(
    ({ kind, name }) =>
      kind === 'OperationDefinition' && (!operationName || name?.value === operationName),
  );
  return operations[0]?.operation === 'subscription';
}

/** The tab that was open last: without it, GraphiQL opens a blank one beside the stored tabs. */
function storedTab() {
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState'));
    return tabs[activeTabIndex];
  } catch {
    return undefined;
  }
}

const stored = storedTab();
const headers = JSON.stringify({ Authorization: authorization }, null, 2);

ReactDOM.createRoot(document.getElementById('explorer')).render(
  React.createElement(GraphiQL, {
    fetcher: (params, options) =>
      isSubscription(params, options)
        ? follow(params, options?.headers)
        : run(params, options?.headers),
    defaultTabs: tabs.map((tab) => ({ ...tab, headers })),
    defaultHeaders: headers,
    ...(stored && { query: stored.query ?? '', variables: stored.variables ?? '' }),
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: 'variables',
    schemaDescription: true,
    inputValueDeprecation: true,
  }),
);

// The editors have no names that screen readers know.
const editors = {
  '.graphiql-query-editor': 'Document',
  '.graphiql-editor-tool': 'Variables and headers',
  '.result-window': 'Result',
};
new MutationObserver(() => {
  for (const [selector, name] of Object.entries(editors))
    for (const textarea of document.querySelectorAll(`${selector} textarea`))
      if (!textarea.hasAttribute('aria-label')) textarea.setAttribute('aria-label', name);
}).observe(document.getElementById('explorer'), { childList: true, subtree: true });
