import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { acceptNodeUpgrades } from "./link/node-upgrade.ts";
import type { Listening, ListenOptions } from "./runtime.ts";

/** Running answers may finish for this long after the stop. */
const FINISH_WITHIN_MS = 5_000;

/** Addresses with thousands of parameters get an answer of ours, not node:http's bare 431 from 16 KiB on. */
export const SERVER_OPTIONS = { maxHeaderSize: 256 * 1024 };

/** Serves the gateway on node:http. Rejects with the system's error when the address cannot be had. */
export async function listenOnNode({ host, port, fetch, link }: ListenOptions): Promise<Listening> {
  const server = createServer(SERVER_OPTIONS, getRequestListener(fetch, { overrideGlobalObjects: false }));
  const cutSockets = acceptNodeUpgrades(server, link);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // What fails from now on, such as taking a connection while no descriptor is free, fails that connection only.
  server.on("error", () => {});
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return { port: address.port, close: () => close(server, cutSockets) };
}

function close(server: Server, cutSockets: () => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      cutSockets();
      server.closeAllConnections();
    }, FINISH_WITHIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
