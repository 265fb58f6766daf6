import { type Plugin, processRegularResult } from 'graphql-yoga';

/** Responds in JSON to clients that accept no media type of GraphQL, rather than with an empty 406. */
export function useDefaultMediaType(): Plugin {
  return {
    onResultProcess({ resultProcessor, setResultProcessor }) {
      if (resultProcessor === undefined)
        setResultProcessor(processRegularResult, 'application/json');
    },
  };
}
