import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import { clientAddress } from "../domain/network.ts";
import type { Log } from "../log.ts";
import type { FileBody } from "./file-body.ts";

/** What the runtime hands to `app.fetch` beside the request: Node's raw pair, Deno's connection, or nothing in tests. */
export type Runtime = {
  incoming?: IncomingMessage;
  outgoing?: ServerResponse;
  remoteAddr?: { hostname?: string };
};

export type AppEnv = {
  Bindings: Runtime;
  Variables: {
    requestId: string;
    /** Adds the request's id to every line. */
    log: Log;
    /** On Node: the file that `deliverFiles` sends as the answer's body. */
    file?: FileBody;
  };
};

export type AppContext = Context<AppEnv>;

/** The address a request comes from, also behind the operator's own proxy; `unknown` where the runtime does not say. */
export function addressOf(c: AppContext): string {
  // Without a runtime there is no `env` at all, whatever its type says.
  const peer = c.env?.incoming?.socket.remoteAddress ?? c.env?.remoteAddr?.hostname;
  return peer === undefined ? "unknown" : clientAddress(peer, c.req.header("x-forwarded-for") ?? null);
}
