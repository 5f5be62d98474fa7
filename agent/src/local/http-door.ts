import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../log.ts";
import type { Door } from "./door.ts";

/** An application out of web requests and answers, as Hono makes them. */
export type WebApp = { fetch(request: Request): Response | Promise<Response> };

export type HttpDoorOptions = Pick<Door, "path" | "refusal"> & {
  /** Called with the first request, once. */
  load: () => Promise<WebApp>;
  log: Log;
};

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Everything below a path is answered by an application that is loaded when the first request comes. */
export function openHttpDoor({ load, log, ...rest }: HttpDoorOptions): Door {
  let loading: Promise<Listener> | undefined;
  const listener = (): Promise<Listener> => {
    loading ??= listenerOf(load, tell);
    return loading;
  };
  const tell = (cause: unknown): void => log.error("A local door failed", { cause, path: rest.path });
  return {
    ...rest,
    takesBelow: true,
    answer(request, response) {
      listener()
        .then((answer) => answer(request, response))
        .catch((cause: unknown) => {
          tell(cause);
          if (response.headersSent) response.destroy();
          else response.writeHead(500, { connection: "close" }).end();
        });
    },
  };
}

async function listenerOf(load: HttpDoorOptions["load"], tell: (cause: unknown) => void): Promise<Listener> {
  const [{ getRequestListener }, app] = await Promise.all([import("@hono/node-server"), load()]);
  const errorHandler = (cause: unknown): Response => {
    tell(cause);
    return new Response(null, { status: 500 });
  };
  return getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false, errorHandler });
}
