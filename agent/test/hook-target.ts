import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { serving } from "./http-file-server.ts";

export type Hooked = { path: string; headers: IncomingHttpHeaders; text: string; body: Record<string, unknown> };

/** A server that takes webhooks; `statusOf` chooses its answer by the number of the request. */
export async function hookTarget(statusOf: (turn: number) => number | "hang up" | "silence" = () => 204) {
  const received: Hooked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse, turn: number): Promise<void> => {
    received.push(await receive(request));
    const status = statusOf(turn);
    if (status === "hang up") response.destroy();
    else if (status === 204) response.writeHead(204).end();
    else if (status !== "silence") response.writeHead(status, { "X-Reason": "Test" }).end(`status ${status}`);
  };
  // Who posts may go away at any moment.
  const { url } = await serving((...exchange) => void answer(...exchange).catch(() => exchange[1].destroy()));
  return { url: new URL("/hook?token=1", url).href, received };
}

async function receive(request: IncomingMessage): Promise<Hooked> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  const text = Buffer.concat(pieces).toString();
  return { path: request.url ?? "", headers: request.headers, text, body: JSON.parse(text) };
}
