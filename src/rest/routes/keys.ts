import type { Route } from '../route.ts';

const keySelection = `id name agent { id name } scopes rate_limit: rateLimit created_at: createdAt
  expires_at: expiresAt revoked_at: revokedAt last_used_at: lastUsedAt`;

/** The endpoints of API keys. */
export const keyRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/keys',
    envelope: 'keys',
    operation: `query listApiKeys($limit: Int! = 50, $offset: Int! = 0) {
      data: apiKeys(first: $limit, offset: $offset) { rows: nodes { ${keySelection} } total: totalCount }
    }`,
  },
  {
    method: 'POST',
    path: '/keys',
    envelope: 'key',
    status: 201,
    operation: `mutation createApiKey($name: String!, $scope: ApiScope!, $agent_id: ID, $agent_name: String, $expires_at: DateTime,
      $rate_limit: Int, $validate_only: Boolean) {
      data: createApiKey(input: { name: $name, scope: $scope, agentId: $agent_id, agentName: $agent_name,
        expiresAt: $expires_at, rateLimit: $rate_limit }, validateOnly: $validate_only) {
        apiKey { ${keySelection} } key
      }
    }`,
  },
  {
    method: 'DELETE',
    path: '/keys/:id',
    envelope: 'key',
    operation: `mutation revokeApiKey($id: ID!, $validate_only: Boolean) {
      data: revokeApiKey(id: $id, validateOnly: $validate_only) { ${keySelection} }
    }`,
  },
];
