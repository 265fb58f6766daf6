import type { Plugin } from 'graphql-yoga';
import { explorerCsp } from '../explorer/explorer.ts';

/** Adds the content security policy to the explorer's page. */
export function useExplorerCsp(): Plugin {
  return {
    onResponse({ response }) {
      if (response.headers.get('content-type')?.startsWith('text/html'))
        response.headers.set('Content-Security-Policy', explorerCsp);
    },
  };
}
