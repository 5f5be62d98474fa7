import { deadline } from "../../engine/deadline.ts";
import { createHostSeats } from "../../engine/http/host-seats.ts";
import { createSourceAgent, openSource, type SourceResponse } from "../../engine/http/open-source.ts";
import { PrivateAddressError } from "../../engine/http/public-address.ts";
import { troubleOfError, troubleOfStatus } from "../../engine/http/trouble.ts";
import { HTTP_LIMITS } from "../../engine/options.ts";
import { RestError } from "./rest-torrent.ts";

export type MetainfoFetch = {
  url: string;
  /** Lets the address lead to loopback and private networks. */
  allowPrivate: boolean;
  bytesMax: number;
  signal: AbortSignal;
};

/** A web server that takes longer is given up: the client waits for the answer. */
const ANSWER_MS = 20_000;
const CONNECT_MS = 10_000;

/** The small file behind an http or https address. Throws `RestError`, or the signal's reason. */
export async function fetchMetainfo({ url, signal, ...options }: MetainfoFetch): Promise<Uint8Array> {
  checkScheme(url);
  const limits = { ...HTTP_LIMITS, connectMs: CONNECT_MS, idleMs: CONNECT_MS, hostConnectionsMax: 1 };
  const agent = createSourceAgent(options.allowPrivate, limits);
  using limit = deadline(signal, ANSWER_MS);
  const until = limit.signal;
  // Seats of its own: a few kilobytes do not wait behind downloads.
  const seat = await createHostSeats().take(new URL(url).host, 1, until);
  const reach = { agent, limits, allowPrivate: options.allowPrivate, seat, signal: until };
  try {
    const response = await openSource(url, { ...reach, method: "GET", headers: {} });
    return await readWhole(response, url, options.bytesMax);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RestError) throw error;
    if (isPrivate(error)) throw new RestError("upload.unreachable", PRIVATE, error);
    throw unreachable(until.aborted ? `${url} took longer than ${ANSWER_MS / 1_000} s` : detailOf(error, url), error);
  } finally {
    await agent.destroy();
  }
}

const PRIVATE =
  "url leads to a private address: send the torrent file itself, or allow it with MODFLEET_ALLOW_PRIVATE_SOURCES";

function isPrivate(error: unknown): boolean {
  return error instanceof Error && (error instanceof PrivateAddressError || isPrivate(error.cause));
}

function checkScheme(address: string): void {
  const url = URL.parse(address);
  if (url === null)
    throw new RestError("parameter.invalid", "url is no address: send one like http://host/file.torrent");
  if (url.protocol === "http:" || url.protocol === "https:") return;
  throw new RestError("upload.notsupported", "url has to be http or https: send a magnet link as magnet instead");
}

async function readWhole(response: SourceResponse, url: string, bytesMax: number): Promise<Uint8Array> {
  if (response.statusCode !== 200) throw unreachable(troubleOfStatus(response, url).failure.detail);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new RestError("upload.invalid", `${url} is larger than a torrent file may be`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const detailOf = (error: unknown, url: string): string => troubleOfError(error, url).failure.detail;

const unreachable = (detail: string, cause?: unknown): RestError =>
  new RestError("upload.unreachable", `Could not fetch url, check it and try again: ${detail}`, cause);
