import { LIMITS } from "@modfleet/protocol";
import type { Link } from "./link.ts";
import type { Socket } from "./socket.ts";

/** The one call of Deno's that this file needs, so that the types of two runtimes do not meet. */
declare const Deno: {
  upgradeWebSocket(request: Request, options: { idleTimeout: number }): { socket: WebSocket; response: Response };
};

/** Deno cannot cut a line: its own ping does that to a peer that answers no closing handshake. */
const PONG_WITHIN_SECONDS = LIMITS.agentSilentMs / 1_000;

/**
 * Answers an upgrade request of `Deno.serve`; `peer` is the other end's address. Call it for requests to the link's path:
 * whatever can be refused is refused in plain HTTP before a WebSocket exists.
 */
export function answerDenoUpgrade(link: Link, request: Request, peer: string): Response {
  const admission = link.knock({
    path: new URL(request.url).pathname,
    header: (name) => request.headers.get(name),
    peer,
  });
  if (!admission.ok) {
    const { status, text, headers } = admission.refusal;
    return new Response(text, { status, headers });
  }
  const { visitor } = admission;
  try {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: PONG_WITHIN_SECONDS });
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => link.open(toSocket(socket), visitor));
    // Both may come without `open`, when the handshake breaks.
    socket.addEventListener("error", visitor.leave);
    socket.addEventListener("close", visitor.leave);
    return response;
  } catch {
    visitor.leave();
    return new Response("This is no WebSocket handshake", { status: 400 });
  }
}

function toSocket(socket: WebSocket): Socket {
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: (code, reason) => socket.close(code, reason),
    bufferedAmount: () => socket.bufferedAmount,
    listen({ frame, closed }) {
      socket.addEventListener("message", ({ data }) => frame(typeof data === "string" ? data : null));
      socket.addEventListener("close", closed, { once: true });
    },
  };
}
