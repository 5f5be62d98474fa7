import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { PART_HASH_HEADER, type UploadPlan } from "@modfleet/protocol";
import { sha256Of } from "./archives.ts";
import { planOf } from "./uploads.ts";

export type UploadProcess = {
  url: string;
  token: string;
  child: ChildProcess;
  /** The process's next message. */
  hear(): Promise<unknown>;
  kill(): Promise<void>;
};

/** Starts `upload-child.ts`: a gateway's upload doors in a process of their own. */
export async function uploadProcess(folder: string, partBytes: number): Promise<UploadProcess> {
  const file = new URL("./upload-child.ts", import.meta.url);
  const child = fork(file, [folder, String(partBytes)], {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const hear = async () => (await once(child, "message"))[0] as unknown;
  const { url, token } = (await hear()) as { url: string; token: string };
  return {
    ...{ url, token, child, hear },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

type Target = Pick<UploadProcess, "url" | "token">;

export async function openAt({ url, token }: Target, bytes: number, sha256: string): Promise<UploadPlan> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ bytes, sha256 });
  return planOf(await fetch(`${url}/agent/v1/uploads`, { method: "POST", headers, body }));
}

export async function completeAt({ url, token }: Target, upload: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${url}/agent/v1/uploads/${upload}/complete`, { method: "POST", headers });
}

/** The status that answers a part, or null when the line broke. */
export async function putAt(
  { url, token }: Target,
  path: string,
  part: { bytes: Uint8Array<ArrayBuffer>; sha256?: string },
): Promise<number | null> {
  const headers = { authorization: `Bearer ${token}`, [PART_HASH_HEADER]: part.sha256 ?? sha256Of(part.bytes) };
  try {
    return (await fetch(`${url}${path}`, { method: "PUT", headers, body: part.bytes })).status;
  } catch {
    return null;
  }
}
