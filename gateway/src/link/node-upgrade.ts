import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { CLOSE_CODES, LIMITS } from "@modfleet/protocol";
import { WebSocket, WebSocketServer } from "ws";
import type { Knock, Refusal } from "./admission.ts";
import type { Link } from "./link.ts";
import type { Socket } from "./socket.ts";

/** The peer gets this long to answer a closing handshake before the line is cut. */
const CLOSE_WITHIN_MS = 5_000;

/** What ws itself closes with for frames it refuses: broken framing, not UTF-8, too large. */
const FRAME_FAULTS = new Set([1002, 1003, 1007, 1009]);

/** ws refuses bad frames with codes of its own; the fleet's table has one name for all of them. */
class FleetSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code !== undefined && FRAME_FAULTS.has(code)) super.close(CLOSE_CODES.bad_frame.code, "bad_frame");
    else super.close(code, reason);
  }
}

const OPTIONS = {
  noServer: true,
  // It costs 240 KB instead of 7 KB per idle connection.
  perMessageDeflate: false,
  maxPayload: LIMITS.frameBytesMax,
  closeTimeout: CLOSE_WITHIN_MS,
  WebSocket: FleetSocket,
};

/**
 * Serves the link on a node:http server. Whatever can be refused is refused in plain HTTP before a WebSocket exists. The
 * returned function cuts the sockets that are still open.
 */
export function acceptNodeUpgrades(server: Server, link: Link): () => void {
  const sockets = new WebSocketServer(OPTIONS);

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const admission = link.knock(toKnock(request));
    if (!admission.ok) {
      refuse(stream, admission.refusal);
      return;
    }
    const { visitor } = admission;
    // A handshake that breaks never becomes a socket whose end somebody would see.
    stream.once("close", visitor.leave);
    sockets.handleUpgrade(request, stream, head, (socket) => {
      stream.off("close", visitor.leave);
      link.open(toSocket(socket), visitor);
    });
  };
  server.on("upgrade", onUpgrade);
  return () => {
    server.off("upgrade", onUpgrade);
    for (const socket of sockets.clients) socket.terminate();
  };
}

function toKnock(request: IncomingMessage): Knock {
  const { headers } = request;
  return {
    path: (request.url ?? "").split("?", 1)[0] ?? "",
    header: (name) => headers[name]?.toString() ?? null,
    peer: request.socket.remoteAddress ?? "",
  };
}

function refuse(stream: Duplex, { status, text, headers }: Refusal): void {
  const lines = Object.entries({ ...headers, connection: "close", "content-length": String(Buffer.byteLength(text)) });
  // The peer may be gone already; its error is nobody's business.
  stream.on("error", () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${status} Refused\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${text}`,
  );
}

function toSocket(socket: WebSocket): Socket {
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: (code, reason) => socket.close(code, reason),
    bufferedAmount: () => socket.bufferedAmount,
    listen({ frame, closed }) {
      socket.on("message", (data, isBinary) => frame(isBinary ? null : data.toString()));
      // ws closes after every error; without a listener the error would end the process.
      socket.on("error", () => {});
      socket.once("close", closed);
    },
  };
}
