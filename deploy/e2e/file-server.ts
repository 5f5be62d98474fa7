import { createServer } from "node:http";
import { type Answer, serve } from "../../agent/test/http-file-server.ts";
import { listen } from "../../gateway/test/listen.ts";

/** Files on loopback, with ranges, whose answers call all of them `map.bsp`; `asked` is every request in order. */
export async function fileServer() {
  const asked: string[] = [];
  const answers = new Map<string, Answer>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(`${request.method} ${path}`);
    const answer = answers.get(path);
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response, asked.length);
  });
  const { url, close } = await listen(server);
  return {
    ...{ url, asked },
    /** Serves a file from now on; gives back its address. */
    put(path: string, content: string | Buffer, etag: string | null = null): string {
      answers.set(path, serve(content, { etag }));
      return `${url}${path}`;
    },
    [Symbol.asyncDispose]: close,
  };
}
