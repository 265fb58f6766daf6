import { createServer } from 'node:http';
import process from 'node:process';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

// PostGraphile on the tables of the gateway, as its documentation recommends for production: its default preset, prepared
// statements, no plans or watching, no pages for people. It has no API key and no limits, and the response depends on the
// request alone, so that no statement sets who asks. Node runs this file as it is: it removes the types itself.

const service = makePgService({
  connectionString: process.env.DATABASE_URL,
  schemas: ['public'],
  poolConfig: { max: 10 },
  pubsub: false,
});

const serv = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [service],
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false, websockets: false },
}).createServ(grafserv);

const server = createServer();
await serv.addTo(server);
// It builds its schema at the first request unless it is ready.
await serv.ready();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') {
    process.stdout.write(`Ready on http://127.0.0.1:${address.port}\n`);
  }
});
process.once('SIGTERM', () => process.exit(0));
