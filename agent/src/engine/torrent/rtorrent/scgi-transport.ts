import { connect, type Socket } from "node:net";
import type { RTorrentEndpoint, Transport } from "./endpoint.ts";
import { RTorrentError } from "./rtorrent-error.ts";

type ScgiEndpoint = Exclude<RTorrentEndpoint, { kind: "http" }>;

/** XML-RPC straight to rTorrent's `network.scgi.open_port` or `network.scgi.open_local`. One connection per call, as SCGI has it. */
export function scgiTransport(endpoint: ScgiEndpoint): Transport {
  return async (document, { answerBytesMax, signal }) => {
    signal.throwIfAborted();
    const socket = endpoint.kind === "scgi" ? connect(endpoint.port, endpoint.host) : connect(endpoint.path);
    const abort = (): void => void socket.destroy(new Error("Aborted", { cause: signal.reason }));
    signal.addEventListener("abort", abort, { once: true });
    try {
      socket.write(scgiRequest(document));
      return bodyOf(await readAll(socket, answerBytesMax));
    } finally {
      signal.removeEventListener("abort", abort);
      socket.destroy();
    }
  };
}

/** The headers as a netstring, CONTENT_LENGTH first, then the body (https://python.ca/scgi/protocol.txt). */
function scgiRequest(document: string): Buffer {
  const body = Buffer.from(document);
  const headers = [
    ["CONTENT_LENGTH", String(body.length)],
    ["SCGI", "1"],
    ["REQUEST_METHOD", "POST"],
    ["REQUEST_URI", "/RPC2"],
    ["CONTENT_TYPE", "text/xml"],
  ]
    .map(([name, value]) => `${name}\0${value}\0`)
    .join("");
  return Buffer.concat([Buffer.from(`${headers.length}:${headers},`), body]);
}

async function readAll(socket: Socket, bytesMax: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of socket) {
    bytes += piece.length;
    if (bytes > bytesMax) throw new RTorrentError("too_large", `The answer has more than ${bytesMax} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const END_OF_HEAD = "\r\n\r\n";
const HEAD_BYTES_MAX = 8_192;

function bodyOf(answer: Buffer): string {
  const end = answer.subarray(0, HEAD_BYTES_MAX).indexOf(END_OF_HEAD);
  if (end === -1) throw new RTorrentError("nonsense", "The answer is no SCGI answer");
  const head = answer.toString("latin1", 0, end);
  const body = answer.subarray(end + END_OF_HEAD.length);
  const status = /^Status:\s*(\d{3})/im.exec(head)?.[1] ?? "200";
  if (status !== "200") throw new RTorrentError("refused", `rTorrent answered ${status}`);
  const length = /^Content-Length:\s*(\d{1,12})/im.exec(head)?.[1];
  if (length !== undefined && body.length < Number(length)) {
    throw new RTorrentError("nonsense", `The answer ends after ${body.length} of ${length} bytes`);
  }
  return body.toString("utf8");
}
