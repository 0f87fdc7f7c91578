import { createServer } from 'node:http';
import { loadDemoPage } from '../fixtures/demo-page.ts';
import { hasExample } from '../fixtures/own-service.ts';

export interface Website {
  readonly origin: string;
  stop(): Promise<void>;
}

/** A page without a script, where a test puts its own. */
export const EMPTY_PAGE = '/empty';

/** Serves the demo page from a place of its own, as a website's server would. @param apiDomain where its API is */
export async function startWebsite(port: number, apiDomain: string): Promise<Website> {
  const { demoPage } = await loadDemoPage();
  const { headers, body } = demoPage({
    apiDomain,
    apiGatewayPath: '',
    apiBasePath: '/auth',
    hasLikes: hasExample,
    hasReport: hasExample,
  });
  const server = createServer((request, response) => {
    if (request.url === EMPTY_PAGE)
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Empty</title>');
    else response.writeHead(200, headers as Record<string, string>).end(body);
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    origin: `http://localhost:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
