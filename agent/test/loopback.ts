import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { onTestFinished } from "vitest";

/** Lets a server listen on loopback, and gives its port, which the system has picked. */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return portOf(server);
}

/** As `listenOnLoopback`, until the test is over. */
export async function listenInTest(server: HttpServer): Promise<number> {
  const port = await listenOnLoopback(server);
  onTestFinished(() => endServer(server));
  return port;
}

/** Ends a server with all who are connected. */
export async function endServer(server: HttpServer): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens on no port");
  return address.port;
}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}
