import { once } from "node:events";
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import { portOf } from "./loopback.ts";

export type Value = string | number | Value[] | { fault: string };

/** What a call says: the method, and its scalar arguments in their order, however deep they lie. */
export type Call = { method: string; args: string[] };

const UNESCAPED: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&#13;": "\r" };

/** Reads a request on its own terms, so that a mistake of the product's codec is not made twice. */
export function readCall(document: string): Call {
  const method = /<methodName>(.*?)<\/methodName>/.exec(document)?.[1] ?? "";
  const scalars = document.matchAll(/<(string|i4|i8|base64)>([^<]*)<\/\1>/g);
  return { method, args: [...scalars].map(([, , text = ""]) => text.replace(/&[^;]+;/g, (it) => UNESCAPED[it] ?? it)) };
}

/** An answer as xmlrpc-c, the library in rTorrent, writes it. */
export function writeAnswer(value: Value): string {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\r\n<methodResponse>\r\n';
  if (isFault(value)) return `${head}<fault>\r\n${writeValue(value)}</fault>\r\n</methodResponse>\r\n`;
  return `${head}<params>\r\n<param>${writeValue(value)}</param>\r\n</params>\r\n</methodResponse>\r\n`;
}

const isFault = (value: Value): value is { fault: string } => typeof value === "object" && "fault" in value;

function writeValue(value: Value): string {
  if (typeof value === "number") return `<value><i8>${value}</i8></value>`;
  if (typeof value === "string") return `<value><string>${escaped(value)}</string></value>`;
  if (!isFault(value))
    return `<value><array><data>\r\n${value.map(writeValue).join("\r\n")}\r\n</data></array></value>`;
  const members = `<member><name>faultCode</name>\r\n<value><i4>-501</i4></value></member>\r\n<member><name>faultString</name>\r\n<value><string>${escaped(value.fault)}</string></value></member>`;
  return `<value><struct>\r\n${members}\r\n</struct></value>\r\n`;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** What the wire does with a request. A flood has no end; after a half the connection breaks; an `http` over SCGI is no SCGI. */
export type Reply =
  | { kind: "answer"; document: string }
  | { kind: "http"; status: number; body: string }
  | { kind: "half"; document: string }
  | { kind: "flood" }
  | { kind: "silence" };
export type Ask = (document: string) => Promise<Reply>;

export type Wire = { port: number; close(): Promise<void> };

/** rTorrent behind a web server, at any path. */
export async function httpWire(ask: Ask, port = 0): Promise<Wire> {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(Buffer.from(piece));
    const reply = await ask(Buffer.concat(pieces).toString());
    if (reply.kind === "silence") return;
    if (reply.kind === "http") return void response.writeHead(reply.status).end(reply.body);
    response.setHeader("content-type", "text/xml");
    if (reply.kind === "answer") return void response.end(reply.document);
    if (reply.kind === "flood") return flood(response, "");
    response.setHeader("content-length", Buffer.byteLength(reply.document));
    response.write(reply.document.slice(0, reply.document.length / 2), () => response.destroy());
  };
  // Who asks may go away at any moment.
  const server = createHttpServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  return opened(server, port);
}

/** rTorrent's own SCGI port. */
export async function scgiWire(ask: Ask, port: number | string = 0): Promise<Wire> {
  const serve = async (socket: Socket): Promise<void> => {
    const reply = await ask(await readScgi(socket));
    if (reply.kind === "silence") return;
    if (reply.kind === "http") return void socket.end(reply.body);
    const whole = reply.kind === "flood" ? "" : reply.document;
    const length = reply.kind === "flood" ? 2e9 : Buffer.byteLength(whole);
    const head = `Status: 200 OK\r\nContent-Type: text/xml\r\nContent-Length: ${length}\r\n\r\n`;
    if (reply.kind === "flood") return flood(socket, head);
    socket.end(head + (reply.kind === "half" ? whole.slice(0, whole.length / 2) : whole));
  };
  const server = createNetServer((socket) => {
    socket.on("error", () => undefined);
    void serve(socket).catch(() => socket.destroy());
  });
  return opened(server, port);
}

async function readScgi(socket: Socket): Promise<string> {
  let text = "";
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    text += Buffer.from(piece).toString("latin1");
    const [whole, size = ""] = /^(\d+):/.exec(text) ?? [""];
    const bodyAt = whole.length + Number(size) + 1;
    const length = Number(/CONTENT_LENGTH\0(\d+)\0/.exec(text)?.[1] ?? Number.NaN);
    if (text.length >= bodyAt + length) return Buffer.from(text.slice(bodyAt), "latin1").toString();
  }
  return "";
}

/** Sends without an end, as fast as the other side reads. */
function flood(to: NodeJS.WritableStream & { destroyed?: boolean }, head: string): void {
  to.write(head);
  const piece = Buffer.alloc(65_536, "<");
  const more = (): void => {
    while (to.destroyed !== true && to.write(piece));
  };
  to.on("error", () => undefined);
  to.on("drain", more);
  more();
}

async function opened(server: HttpServer | NetServer, at: number | string): Promise<Wire> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  if (typeof at === "string") server.listen(at);
  else server.listen(at, "127.0.0.1");
  await once(server, "listening");
  const port = typeof at === "string" ? 0 : portOf(server);
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  return { port, close };
}
