import { ConfigError } from '../../config.ts';
import type { GatewayClient } from './gateway-client.ts';

/** A board of the gateway, with what an import must know about it. */
export interface TargetBoard {
  id: string;
  name: string;
  valueKeys: { key: string }[];
}

const selection = '{ id name valueKeys(first: 500) { key } }';

interface MissingBoard {
  /** Advice for the error where no board has the name. */
  hint?: string;
  create?: ((name: string) => Promise<void>) | undefined;
}

/** Finds a board by its id or its whole name, or creates one of that name. Throws ConfigError. */
export async function findBoard(
  client: GatewayClient,
  idOrName: string | undefined,
  { hint = '', create }: MissingBoard = {},
): Promise<TargetBoard> {
  const { board, boards, all } = await client.graphql<{
    board: TargetBoard | null;
    boards: { nodes: TargetBoard[] };
    all: { nodes: Pick<TargetBoard, 'id' | 'name'>[] };
  }>(
    `query ($id: ID!, $search: String) { board(id: $id) ${selection}
      boards(search: $search, first: 20) { nodes ${selection} }
      all: boards(first: 20) { nodes { id name } } }`,
    { id: idOrName ?? '', search: idOrName },
  );
  if (board !== null && idOrName !== undefined) return board;
  const isNamed = ({ name }: TargetBoard) => name.toLowerCase() === idOrName?.toLowerCase();
  const [named, second] = boards.nodes.filter(isNamed);
  if (named !== undefined && second === undefined) return named;
  if (idOrName !== undefined && named === undefined && create !== undefined) {
    await create(idOrName);
    return findBoard(client, idOrName);
  }
  const known = (second === undefined ? all : boards).nodes
    .map(({ id, name }) => `  ${id}  ${name}`)
    .join('\n');
  const problem =
    idOrName === undefined
      ? 'Name a board with --board.'
      : second === undefined
        ? `There is no board '${idOrName}' at ${client.url}.${hint}`
        : `Several boards are named '${idOrName}': use the id.`;
  throw new ConfigError(known === '' ? problem : `${problem} The boards are:\n${known}`);
}
