import type { RTorrentEndpoint, Transport } from "./endpoint.ts";
import { httpTransport } from "./http-transport.ts";
import { scgiTransport } from "./scgi-transport.ts";

export type { RTorrentEndpoint, Transport, TransportOptions } from "./endpoint.ts";

/** Reads `http://host:port/RPC2`, `https://…`, `scgi://host:port` and `scgi:///path/of/rpc.socket`; null for anything else. */
export function parseEndpoint(text: string): RTorrentEndpoint | null {
  const url = URL.parse(text);
  if (url === null) return null;
  if (url.protocol === "http:" || url.protocol === "https:") return { kind: "http", url };
  if (url.protocol !== "scgi:") return null;
  if (url.hostname === "") return url.pathname.length > 1 ? { kind: "socket", path: decodeURI(url.pathname) } : null;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return url.port === "" ? null : { kind: "scgi", host, port: Number(url.port) };
}

/** The address as messages show it, without a password. */
export function endpointText(endpoint: RTorrentEndpoint): string {
  if (endpoint.kind === "http") return `${endpoint.url.origin}${endpoint.url.pathname}`;
  return endpoint.kind === "scgi" ? `scgi://${endpoint.host}:${endpoint.port}` : `scgi://${endpoint.path}`;
}

export function createTransport(endpoint: RTorrentEndpoint): Transport {
  return endpoint.kind === "http" ? httpTransport(endpoint.url) : scgiTransport(endpoint);
}
