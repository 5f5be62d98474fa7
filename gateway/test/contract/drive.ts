import type { TestGateway } from "../harness.ts";
import type { Contract } from "./contract.ts";

/** Asks a gateway, and holds every answer against the contract. */
export type Drive = {
  gateway: TestGateway;
  ask(method: string, target: string, init?: RequestInit): Promise<Response>;
  /** As `ask` with GET. */
  get(target: string, headers?: Record<string, string>): Promise<Response>;
  /** A read that knows its entity tag: as it is, and for somebody who has it. */
  cached(target: string): Promise<Response>;
  /** What was found, one sentence each. */
  faults: string[];
};

export const JSON_TYPE = { "content-type": "application/json" };
/** More than any body may have that is not a part of an upload. */
export const LARGE = "x".repeat(70_000);

export function createDrive(gateway: TestGateway, contract: Contract): Drive {
  const faults: string[] = [];

  async function ask(method: string, target: string, init: RequestInit = {}): Promise<Response> {
    const response = await gateway.send(method, target, init);
    const { status, headers } = response;
    const isStream = headers.get("content-type")?.startsWith("text/event-stream") === true;
    const body = isStream ? new Uint8Array() : new Uint8Array(await response.clone().arrayBuffer());
    const path = decodeURIComponent(target.split("?")[0] ?? "");
    faults.push(...contract.faults({ method, path, status, headers, body }));
    const isOneOfMany = status === 206 || status === 416 || status === 429;
    if (method === "GET" && !isStream && !isOneOfMany) await askHead(target, init, status);
    return response;
  }

  /** The document says once for all that HEAD answers as GET does; but it has no parts, and waits in no line. */
  async function askHead(target: string, init: RequestInit, status: number): Promise<void> {
    const head = await gateway.send("HEAD", target, init);
    const { length } = await head.text();
    if (head.status !== status || length > 0)
      faults.push(`HEAD ${target} ${head.status}, ${length} characters: not as GET`);
  }

  const get = (target: string, headers: Record<string, string> = {}) => ask("GET", target, { headers });
  return {
    ...{ gateway, ask, get, faults },
    async cached(target) {
      const response = await get(target);
      await get(target, { "if-none-match": response.headers.get("etag") ?? "" });
      return response;
    },
  };
}

/** Everything an archive's address can answer beside the whole of it. */
export async function askForParts({ get }: Drive, target: string): Promise<void> {
  const whole = await get(target);
  const etag = whole.headers.get("etag") ?? "";
  await get(target, { range: "bytes=1-9" });
  await get(target, { "if-none-match": etag });
  await get(target, { "if-match": '"another"' });
  await get(target, { range: "bytes=99999999-" });
}

/** What the database says when its disk is full. */
export const diskFull = (): Promise<never> => Promise.reject(Object.assign(new Error("full"), { code: "SQLITE_FULL" }));
