// A page without a server of its own: people sign in at the identity provider by OAuth 2's authorization code with PKCE
// (RFC 7636), and the page calls the gateway with their access token, which it keeps in memory only.

const settings = JSON.parse(document.querySelector('#settings').textContent);
const element = (selector) => document.querySelector(selector);
const here = location.origin + location.pathname;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(
    /[+/=]/g,
    (sign) => ({ '+': '-', '/': '_', '=': '' })[sign],
  );
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

let token = '';

/** Leads to the login of the identity provider, which leads back here with a code. */
async function signIn() {
  const [state, verifier] = [random(), random()];
  sessionStorage.setItem('login', JSON.stringify({ state, verifier }));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  location.href = `${settings.authorize}?${new URLSearchParams({
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: here,
    scope: 'openid write',
    state,
    code_challenge: base64url(digest),
    code_challenge_method: 'S256',
  })}`;
}

/** Exchanges the code for an access token. */
async function receiveToken(query) {
  const login = JSON.parse(sessionStorage.getItem('login') ?? '{}');
  sessionStorage.removeItem('login');
  history.replaceState(null, '', here);
  if (query.get('state') !== login.state) throw new Error('This login was begun elsewhere.');
  const response = await fetch(settings.token, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: settings.clientId,
      redirect_uri: here,
      code: query.get('code'),
      code_verifier: login.verifier,
    }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error_description ?? body.error);
  token = body.access_token;
}

/** Calls the gateway. Where the token has expired, people sign in again. */
async function call(path, init) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(settings.gateway + path, { ...init, headers });
  if (response.status === 401) await signIn();
  return response.json();
}

async function graphql(query, variables) {
  const { data, errors } = await call('/graphql', {
    method: 'POST',
    body: JSON.stringify({ query, variables }),
  });
  if (errors) throw new Error(errors[0].message);
  return data;
}

const boardQuery = `query ($id: ID!) {
  viewer { agent { name } }
  board(id: $id) { columns(first: 100) { nodes {
    id name items(first: 20, orderBy: [{ field: POSITION }]) { nodes { id title version } } } } }
}`;

const moveMutation = `mutation ($input: MoveItemInput!) { moveItem(input: $input) { item { id } } }`;

async function showBoard() {
  const { viewer, board } = await graphql(boardQuery, { id: settings.board });
  element('#who').textContent = viewer.agent.name;
  const columns = board.columns.nodes;
  element('#columns').replaceChildren(
    ...columns.map(({ id, name, items }) => {
      const section = document.createElement('section');
      const heading = document.createElement('h2');
      heading.textContent = name;
      section.append(heading, ...items.nodes.map((item) => card(item, id, columns)));
      return section;
    }),
  );
}

function card({ id, title, version }, columnId, columns) {
  const article = document.createElement('article');
  const select = document.createElement('select');
  select.ariaLabel = `Column of ${title}`;
  select.append(...columns.map((column) => new Option(column.name, column.id)));
  select.value = columnId;
  // With the version, the move is refused if another person has changed the card in the meantime; the page shows the error.
  select.onchange = () =>
    graphql(moveMutation, {
      input: { id, columnId: select.value, at: 'BOTTOM', expectedVersion: version },
    }).then(() => showError(''), showError);
  article.append(title, document.createElement('br'), select);
  return article;
}

/** Shows each change as it is made, by whomever: a long poll waits for the next one. */
async function follow() {
  const log = `/api/crm/boards/${settings.board}/changes`;
  let cursor = 'now';
  for (;;) {
    const page = await call(`${log}?after=${encodeURIComponent(cursor)}&wait=25`);
    if (!page.success) throw new Error(page.error.message);
    cursor = page.next_cursor;
    for (const { subject, action, by, at } of page.data) {
      const entry = document.createElement('li');
      entry.textContent = `${by?.name ?? 'Somebody'} ${action} ${subject}`;
      entry.title = at;
      element('#history').prepend(entry);
    }
    if (page.data.length > 0) await showBoard();
  }
}

function showError(error) {
  element('#error').textContent = error.message ?? error;
}

async function start() {
  const query = new URLSearchParams(location.search);
  element('#sign-in').onclick = signIn;
  if (!query.has('code')) {
    element('#sign-in').hidden = false;
    return;
  }
  await receiveToken(query);
  await showBoard();
  await follow();
}

start().catch(showError);
