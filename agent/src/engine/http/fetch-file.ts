import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { FailureReport } from "@modfleet/protocol";
import type { Agent } from "undici";
import type { FetchOutcome, FetchRequest } from "../engine.ts";
import { failureOf } from "../failure-of.ts";
import { HTTP_LIMITS, type HttpLimits, type HttpOptions } from "../options.ts";
import { createSourceAgent, openSource, type SourceResponse } from "./open-source.ts";
import { openPartial, type Partial } from "./partial.ts";
import { readResponse } from "./read-response.ts";

export type RemoteFile = {
  url: string /** Its name where neither the server nor the address has one. */;
  fallbackName: string;
};

export type FetchFileOptions = Pick<HttpOptions, "allowPrivate" | "limits">;

/** How one connection ended. */
type Pass =
  | { kind: "complete"; bytes: number }
  | { kind: "restart" }
  | { kind: "broken"; failure: FailureReport; grew: boolean }
  | { kind: "failed"; failure: FailureReport };

type Context = {
  file: RemoteFile;
  request: FetchRequest;
  agent: Agent;
  partial: Partial;
  allowPrivate: boolean;
  limits: HttpLimits;
};

/**
 * Downloads one file into `<folder>/content/`, as one stream that is resumed where it broke, also by a later call. The bytes are
 * never mixed: where the source changed it starts again, once.
 */
export async function fetchFile(
  file: RemoteFile,
  request: FetchRequest,
  options: FetchFileOptions,
): Promise<FetchOutcome> {
  const limits: HttpLimits = { ...HTTP_LIMITS, ...options.limits };
  const allowPrivate = options.allowPrivate ?? false;
  const agent = createSourceAgent(allowPrivate, limits);
  try {
    const partial = await openPartial(request.folder);
    return await passUntilDone({ file, request, agent, partial, allowPrivate, limits });
  } catch (error) {
    return request.signal.aborted ? { kind: "cancelled" } : { kind: "failed", failure: failureOf(error) };
  } finally {
    await agent.destroy();
  }
}

async function passUntilDone(context: Context): Promise<FetchOutcome> {
  const { request, partial, limits } = context;
  let restarts = 0;
  for (let failures = 0; ; ) {
    const pass = await onePass(context);
    if (request.signal.aborted) return { kind: "cancelled" };
    switch (pass.kind) {
      case "complete":
        return await complete(context, pass.bytes);
      case "failed":
        return { kind: "failed", failure: pass.failure };
      case "restart":
        restarts += 1;
        if (restarts > 1) return failed({ code: "source_changed", detail: `${context.file.url} keeps changing` });
        await partial.discard();
        break;
      case "broken":
        failures = pass.grew ? 1 : failures + 1;
        if (failures > limits.resumesMax) return failed(pass.failure);
        await sleep(limits.resumeWaitMs, undefined, { signal: request.signal });
    }
  }
}

const failed = (failure: FailureReport): FetchOutcome => ({ kind: "failed", failure });

async function complete({ file, partial }: Context, bytes: number): Promise<FetchOutcome> {
  const mark = await partial.mark();
  if (bytes === 0) return failed({ code: "empty_result", detail: `${file.url} is empty` });
  const root = await partial.finish(mark?.name ?? file.fallbackName);
  return { kind: "fetched", root, fetched: { tool: "http", manifest: null } };
}

async function onePass(context: Context): Promise<Pass> {
  const { file, request, partial } = context;
  const known = await partial.mark();
  const mark = known?.url === file.url ? known : null;
  const have = mark?.validator == null ? 0 : await partial.bytes();
  const headers = have > 0 && mark?.validator != null ? { range: `bytes=${have}-`, "if-range": mark.validator } : {};

  let response: SourceResponse;
  try {
    response = await openSource(file.url, { ...context, headers: { ...headers }, signal: request.signal });
  } catch (error) {
    return unreachable(file, error, false);
  }
  const reading = readResponse(response, { ...file, maxBytes: request.maxBytes, have, mark });
  if (reading.kind === "body") {
    if (reading.from === 0) await partial.begin(reading.mark);
    return await readBody(response, { ...context, from: reading.from, total: reading.mark.total });
  }
  response.body.destroy();
  if (reading.kind === "complete") return { kind: "complete", bytes: have };
  return reading.kind === "try_again" ? { kind: "broken", failure: reading.failure, grew: false } : reading;
}

type BodyContext = Context & { from: number; total: number | null };

async function readBody(response: SourceResponse, { file, request, partial, from, total }: BodyContext): Promise<Pass> {
  const handle = await open(partial.body, from === 0 ? "w" : "r+");
  let bytes = from;
  try {
    for await (const chunk of bodyChunks(response)) {
      if (chunk instanceof Error) return unreachable(file, chunk, bytes > from);
      if (bytes + chunk.length > request.maxBytes) return tooLarge(file, request.maxBytes);
      await handle.write(chunk, 0, chunk.length, bytes);
      bytes += chunk.length;
      request.onProgress({ bytes, total: total ?? request.expectedBytes });
    }
  } finally {
    response.body.destroy();
    await handle.close();
  }
  if (total !== null && bytes !== total) return unreachable(file, new Error("The stream ended early"), bytes > from);
  return { kind: "complete", bytes };
}

/** Turns a broken stream into a last value, so that only the disk throws inside the loop. */
async function* bodyChunks(response: SourceResponse): AsyncGenerator<Uint8Array | Error> {
  try {
    for await (const chunk of response.body) yield toBytes(chunk);
  } catch (error) {
    yield error instanceof Error ? error : new Error(String(error));
  }
}

/** undici's body iterates as `any`; without an encoding set every chunk is a Buffer. */
function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("A body gave something else than bytes");
}

const tooLarge = ({ url }: RemoteFile, maxBytes: number): Pass => ({
  kind: "failed",
  failure: { code: "too_large", detail: `${url} has more than ${maxBytes} bytes` },
});

/** Refusals of ours are final; everything the network does may be better a moment later. */
function unreachable({ url }: RemoteFile, error: unknown, grew: boolean): Pass {
  const named = error instanceof Error ? error.name : "";
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  const detail = `${url}: ${error instanceof Error ? error.message : String(error)}${cause}`;
  const final = named === "PrivateAddressError" || named === "BadRedirectError";
  const failure: FailureReport = { code: "source_unreachable", detail };
  return final ? { kind: "failed", failure } : { kind: "broken", failure, grew };
}
