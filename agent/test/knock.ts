import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";

export type Knock = { status: number; body: string; headers: IncomingHttpHeaders };

/** What a handshake of a WebSocket carries. */
export const HANDSHAKE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** One request with headers that `fetch` would not let a caller choose; 101 where it becomes a WebSocket, which ends at once. */
export async function knock(url: string, headers: OutgoingHttpHeaders = {}, method = "GET"): Promise<Knock> {
  const { promise, resolve, reject } = Promise.withResolvers<Knock>();
  const asking = request(url, { method, headers, agent: false }, (response) => {
    const { statusCode: status = 0, headers } = response;
    text(response).then((body) => resolve({ status, body, headers }), reject);
  });
  asking.on("upgrade", ({ headers }, stream) => {
    stream.destroy();
    resolve({ status: 101, body: "", headers });
  });
  asking.on("error", reject).end();
  return await promise;
}

/** What answers to bytes that need not be HTTP. */
export async function sayRaw(url: string, request: string): Promise<{ status: number; type: string; body: unknown }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(request);
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  const type = /^content-type: (.*)$/m.exec(head)?.[1] ?? "";
  return { status: Number(head.split(" ")[1]), type, body: JSON.parse(body) };
}

/** An address of this machine that is not loopback: who connects to it comes from it. Undefined where there is no network. */
export function ownAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}
