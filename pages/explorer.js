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

/** The kind and the name of the operation to run. After a change of tabs, GraphiQL still sends the name of the last one. */
function operationOf({ query, operationName }) {
  const operations = query
    .replaceAll(/#.*/g, '')
    .matchAll(/^\s*(query|mutation|subscription)\b\s*(\w+)?/gm);
  const named = [...operations].map(([, kind, name]) => ({ kind, name }));
  return named.find(({ name }) => name === operationName) ?? named[0] ?? { kind: 'query' };
}

/** The tab that was open last. Without it, GraphiQL opens a blank one beside the stored tabs, or shows a tab without its variables. */
function storedTab() {
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState'));
    return tabs[activeTabIndex];
  } catch {
    return undefined;
  }
}

const tab = storedTab() ?? tabs[0];
const headers = JSON.stringify({ Authorization: authorization }, null, 2);

ReactDOM.createRoot(document.getElementById('explorer')).render(
  React.createElement(GraphiQL, {
    fetcher(params, options) {
      const { kind, name } = operationOf(params);
      const request = { ...params, operationName: name };
      return (kind === 'subscription' ? follow : run)(request, options?.headers);
    },
    defaultTabs: tabs.map((tab) => ({ ...tab, headers })),
    defaultHeaders: headers,
    query: tab.query ?? '',
    variables: tab.variables ?? '',
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: 'variables',
    schemaDescription: true,
    inputValueDeprecation: true,
  }),
);

// What screen readers and keyboards need and GraphiQL lacks: names of the editors, areas that can be scrolled by keyboard,
// and tabs without a button in a button.
const explorer = document.getElementById('explorer');
const editors = {
  '.graphiql-query-editor': 'Document',
  '.graphiql-editor-tool': 'Variables and headers',
  '.result-window': 'Result',
};
const removeAll = (element, ...names) => {
  for (const name of names) element.removeAttribute(name);
};
new MutationObserver(() => {
  for (const [selector, name] of Object.entries(editors))
    for (const textarea of explorer.querySelectorAll(`${selector} textarea`))
      if (!textarea.hasAttribute('aria-label')) textarea.setAttribute('aria-label', name);
  for (const area of explorer.querySelectorAll('.CodeMirror-scroll')) area.tabIndex = 0;
  for (const list of explorer.querySelectorAll('[role=tablist]')) removeAll(list, 'role');
  for (const item of explorer.querySelectorAll('.graphiql-tab[aria-selected]')) {
    item.querySelector('button').ariaCurrent = item.ariaSelected;
    removeAll(item, 'role', 'aria-selected');
  }
}).observe(explorer, { childList: true, subtree: true, attributeFilter: ['aria-selected'] });
