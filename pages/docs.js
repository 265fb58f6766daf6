// The reference: Swagger UI, with samples in three languages and the key of the demo workspace filled in.
const key = JSON.parse(document.getElementById('key').textContent);

const headersOf = (request) =>
  request
    .get('headers')
    .filter((_, name) => !/^(accept|content-type)$/i.test(name) || request.get('body'));

const bodyOf = (request) => {
  const body = request.get('body');
  return body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
};

function toJavaScript(request) {
  const body = bodyOf(request);
  const options = {
    method: request.get('method'),
    headers: headersOf(request).toJS(),
    ...(body && { body }),
  };
  return `const response = await fetch(${JSON.stringify(request.get('url'))}, ${JSON.stringify(options, null, 2)});
console.log(response.status, await response.json());`;
}

function toPython(request) {
  const body = bodyOf(request);
  const lines = [
    JSON.stringify(request.get('method')),
    JSON.stringify(request.get('url')),
    `headers=${JSON.stringify(headersOf(request).toJS())}`,
    ...(body ? [`data=${JSON.stringify(body)}`] : []),
  ];
  return `import requests

response = requests.request(
    ${lines.join(',\n    ')},
)
print(response.status_code, response.json())`;
}

if (matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.add('dark-mode');

const reference = SwaggerUIBundle({
  url: '/api/crm/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  filter: false,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
  persistAuthorization: false,
  requestSnippetsEnabled: true,
  requestSnippets: {
    defaultExpanded: true,
    generators: {
      curl_bash: { title: 'curl', syntax: 'bash' },
      javascript: { title: 'JavaScript', syntax: 'javascript' },
      python: { title: 'Python', syntax: 'python' },
    },
  },
  plugins: [
    {
      fn: {
        requestSnippetGenerator_javascript: toJavaScript,
        requestSnippetGenerator_python: toPython,
      },
      wrapComponents: {
        // A path is part of the button that opens its operation: no link in a button.
        DeepLink:
          (_, { React }) =>
          (props) =>
            React.createElement('span', { className: 'nostyle' }, props.text),
      },
    },
  ],
  onComplete() {
    if (key !== null) reference.preauthorizeApiKey('bearer', key);
  },
});

// Swagger UI gives the list of servers no name that screen readers know.
new MutationObserver(() => {
  document.getElementById('servers')?.setAttribute('aria-label', 'Server');
}).observe(document.getElementById('reference'), { childList: true, subtree: true });
