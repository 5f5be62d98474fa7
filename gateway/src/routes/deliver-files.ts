import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "./app-env.ts";
import type { FileBody } from "./file-body.ts";

/**
 * The outermost middleware. An answer that is a file goes on Node from the file straight into the raw response, several
 * times faster than through web streams; by then every other middleware has said its headers.
 */
export const deliverFiles: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const file = c.get("file");
  const outgoing = c.env?.outgoing;
  if (file === undefined || outgoing === undefined) return;
  // Opened before a word is said: a file that is gone is still a proper refusal.
  const send = await file.open();
  outgoing.writeHead(c.res.status, Object.fromEntries(c.res.headers));
  try {
    await send(outgoing);
  } catch (error) {
    // The length was promised already, so breaking the connection is the only way to say that it is not met.
    outgoing.destroy();
    c.get("log").debug("A download ended early", { error, path: c.req.path });
  }
  // Taken away first: Hono would copy the headers into a new Response, and Node's adapter would send that as well.
  c.res = undefined;
  c.res = RESPONSE_ALREADY_SENT;
};

/** The answer whose body is `file`: no body for HEAD, and none on Node, where `deliverFiles` sends it. */
export function fileAnswer(c: AppContext, file: FileBody, init: ResponseInit): Response {
  if (c.req.method === "HEAD") return new Response(null, init);
  if (c.env?.outgoing === undefined) return new Response(file.web(), init);
  c.set("file", file);
  return new Response(null, init);
}
