import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const PAGE = `<!doctype html><meta charset="utf-8"><title>batchnorm</title>
<link rel="icon" href="data:,"><script src="/harness.js"></script>`;

/** What gives a page shared memory. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Scripts of the site alone: no worker can be made from a string. */
const NO_BLOB_WORKERS = {
  "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
};

const POLICIES: Readonly<Record<string, object>> = {
  "/isolated": ISOLATION,
  "/strict": { ...ISOLATION, ...NO_BLOB_WORKERS },
  "/open": {},
};

export interface Server {
  /** The same page with and without isolation. */
  readonly isolated: string;
  /** Isolated, and its policy forbids workers made from strings. */
  readonly strict: string;
  readonly open: string;
  close(): void;
}

/** Serves the page on localhost, which counts as secure. */
export async function serve(script: string): Promise<Server> {
  let origin = "http://localhost";
  const server = createServer(({ url, headers }, response) => {
    const page = url === "/harness.js" ? new URL(headers.referer ?? "/open", origin).pathname : url;
    const policies = POLICIES[page ?? ""] ?? {};
    if (url === "/harness.js") send(response, policies, "text/javascript", script);
    else send(response, policies, "text/html", PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    isolated: `${origin}/isolated`,
    strict: `${origin}/strict`,
    open: `${origin}/open`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function send(response: ServerResponse, headers: object, type: string, text: string): void {
  response.writeHead(200, { ...headers, "Content-Type": `${type}; charset=utf-8` });
  response.end(text);
}
