import { readFileSync } from 'node:fs';
import newman, { type NewmanRunSummary } from 'newman';
import converter from 'openapi-to-postmanv2';
import { expect, it } from 'vitest';
import { routes } from '../../src/rest/routes.ts';
import { useServer } from '../support/servers.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

interface PostmanItem {
  name: string;
  item?: PostmanItem[];
  request: { method: string; url: { path: string[]; variable: { key: string; value: string }[] } };
}

/** The collection that Postman makes of openapi.json, with the choices of its import dialog. */
async function importCollection(): Promise<{ item: PostmanItem[] }> {
  const input = { type: 'string', data: readFileSync('openapi.json', 'utf8') } as const;
  const options = {
    folderStrategy: 'Tags',
    parametersResolution: 'Example',
    enableOptionalParameters: false,
    alwaysInheritAuthentication: true,
  };
  const { result, reason, output } = await new Promise<converter.ConversionResult>(
    (resolve, reject) =>
      converter.convertV2(input, options, (error, converted) =>
        error ? reject(error) : resolve(converted),
      ),
  );
  expect(result, reason).toBe(true);
  return output[0].data;
}

const run = (options: newman.NewmanRunOptions): Promise<NewmanRunSummary> =>
  new Promise((resolve, reject) => {
    newman.run(options, (error, summary) => (error ? reject(error) : resolve(summary)));
  });

it('imports into Postman as a collection whose requests succeed as they are', async () => {
  const { key, id } = await createKey(world, { scope: 'admin' });
  const body = { url: 'https://hooks.example/postman' };
  const webhook = await world.rest<{ id: string }>('POST', '/webhooks', { body });
  expect(webhook.status).toBe(201);
  const collection = await importCollection();
  const requests = collection.item.flatMap(({ item = [] }) => item);
  expect(requests).toHaveLength(routes.length);
  // Ids that a person fills in: the demo workspace has neither webhooks nor keys to revoke.
  for (const { url } of requests.map(({ request }) => request)) {
    const [collectionName] = url.path;
    for (const variable of url.variable.filter(({ value }) => value === 'string'))
      variable.value = collectionName === 'keys' ? id : webhook.body.data.id;
  }
  // Deletions come last, as the other requests need the items. Streams are left out, as they do not end.
  const isDelete = ({ request }: PostmanItem) => Number(request.method === 'DELETE');
  const item = requests
    .filter(({ request }) => request.url.path.at(-1) !== 'stream')
    .sort((a, b) => isDelete(a) - isDelete(b));
  const { executions } = (
    await run({
      collection: { ...collection, item },
      envVar: [
        { key: 'baseUrl', value: `${server.url}/api/crm` },
        { key: 'bearerToken', value: key },
      ],
    })
  ).run;
  const refused = executions
    .filter(({ response }) => response.code >= 300)
    .map(({ item, response }) => `${item.name}: ${response.code} ${response.text()}`);
  expect(refused).toEqual([]);
  expect(executions).toHaveLength(item.length);
});
