import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../log.ts";
import type { Door, Form, Refused } from "./door.ts";

/** An application out of web requests and answers, as Hono makes them. */
export type WebApp = { fetch(request: Request): Response | Promise<Response> };

export type HttpDoorOptions = Pick<Door, "path" | "refusal"> & {
  /** Called with the first request, once. */
  load: () => Promise<WebApp>;
  log: Log;
};

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const FAILED: Refused = { status: 500, title: "Something went wrong: the agent's log says what" };

/** Everything below a path is answered by an application that is loaded when the first request comes. */
export function openHttpDoor({ load, log, ...rest }: HttpDoorOptions): Door {
  let loading: Promise<Listener> | undefined;
  const listener = (): Promise<Listener> => {
    loading ??= listenerOf(load, failed);
    return loading;
  };
  const failed = (cause: unknown): Form => {
    log.error("A local door failed", { cause, path: rest.path });
    return rest.refusal?.(FAILED, rest.path) ?? { type: "text/plain", body: FAILED.title };
  };
  return {
    ...rest,
    takesBelow: true,
    answer(request, response) {
      listener()
        .then((answer) => answer(request, response))
        .catch((cause: unknown) => {
          const { type, body, headers } = failed(cause);
          if (response.headersSent) response.destroy();
          else response.writeHead(FAILED.status, { ...headers, "content-type": type, connection: "close" }).end(body);
        });
    },
  };
}

async function listenerOf(load: HttpDoorOptions["load"], failed: (cause: unknown) => Form): Promise<Listener> {
  const [{ getRequestListener }, app] = await Promise.all([import("@hono/node-server"), load()]);
  const errorHandler = (cause: unknown): Response => {
    const { type, body, headers } = failed(cause);
    return new Response(body, { status: FAILED.status, headers: { ...headers, "content-type": type } });
  };
  return getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false, errorHandler });
}
