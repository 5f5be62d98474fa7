import { z } from "@hono/zod-openapi";
import type { Api } from "../api.ts";
import { HEADERS } from "../responses.ts";

const refused = (description: string) => ({ description, content: { "text/plain": { schema: z.string() } } });
const given = (description: string, example: string) => z.string().openapi({ description, example });

/** The agents' socket in the contract. It is admitted before any route is asked, so this only documents. */
export function registerLink(api: Api): void {
  api.openAPIRegistry.registerPath({
    method: "get",
    path: "/agent/v1/link",
    operationId: "openLink",
    tags: ["agents"],
    summary: "Open the agents' socket",
    description: "A WebSocket with messages of its own: protocol/README.md tells what is said on it.",
    request: {
      headers: z.object({ upgrade: given("Asks for a socket", "websocket"), connection: given("With it", "Upgrade") }),
    },
    responses: {
      101: { description: "It is open" },
      400: refused("The Host header is missing or is none"),
      403: refused("A page of another origin may not connect"),
      426: refused("This is a WebSocket"),
      429: { ...refused("Too many strangers of one address"), headers: HEADERS.retryAfter },
    },
  });
}
