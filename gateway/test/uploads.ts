import { LIMITS, type Limits, PART_HASH_HEADER, partRange, UploadPlan } from "@modfleet/protocol";
import { createDiskBlobs, type DiskBlobsOptions } from "../src/blobs/disk.ts";
import { signUploadToken, type UploadClaims } from "../src/domain/upload-token.ts";
import { silentLog } from "../src/log.ts";
import { uploadRoutes } from "../src/routes/agent/uploads.ts";
import { createApi } from "../src/routes/api.ts";
import { onError } from "../src/routes/on-error.ts";
import { requestContext } from "../src/routes/request-context.ts";
import { sha256Of, tempFolder } from "./archives.ts";
import { aClaimedJob } from "./claimed.ts";
import { jobWorld } from "./job-deps.ts";
import { AGENT_A } from "./jobs.ts";

export const PART_BYTES = 1_000;

export type PutOptions = { sha256?: string; token?: string; headers?: Record<string, string> };

/** The agents' upload doors over real SQL and a real disk, with parts of 1,000 bytes and a job that `AGENT_A` holds. */
export async function uploadWorld(options: Partial<DiskBlobsOptions> = {}) {
  const [world, folder] = [await jobWorld(), await tempFolder()];
  const job = await aClaimedJob(world);
  const limits: Limits = { ...LIMITS, partBytes: PART_BYTES };
  const blobs = createDiskBlobs({ root: folder.path, reserveBytes: 0, now: world.deps.now, ...options });
  const deps = { ...world.deps, limits, blobs };
  const api = createApi();
  api.use(requestContext({ ...deps, log: silentLog }));
  api.onError(onError);
  uploadRoutes(api, deps);

  const token = (claims: Partial<UploadClaims> = {}) =>
    signUploadToken(deps.uploadSecret, {
      ...{ job: job.id, epoch: 1, agent: AGENT_A, maxBytes: 1_000_000, expiresAt: deps.now() + 60_000 },
      ...claims,
    });
  const send = async (method: string, path: string, init: RequestInit & { token?: string } = {}) => {
    const authorization = `Bearer ${init.token ?? token()}`;
    return api.request(path, { ...init, method, headers: { authorization, ...init.headers } });
  };
  const open = (body: object, as?: string) =>
    send("POST", "/agent/v1/uploads", {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
      ...(as === undefined ? {} : { token: as }),
    });
  return {
    ...{ deps, blobs, job, api, token, send, open, folder: folder.path, tick: world.tick },
    /** Opens an upload for `bytes` and answers its plan. */
    plan: async (bytes: Buffer) => planOf(await open({ bytes: bytes.length, sha256: sha256Of(bytes) })),
    /** Sends a part's bytes. */
    put: (
      url: string,
      bytes: Uint8Array<ArrayBuffer> | ReadableStream,
      { sha256, headers, ...rest }: PutOptions = {},
    ) => {
      const hash = sha256 ?? (bytes instanceof Uint8Array ? sha256Of(bytes) : "");
      const init = { body: bytes, duplex: "half", headers: { [PART_HASH_HEADER]: hash, ...headers }, ...rest };
      return send("PUT", url, init);
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export async function planOf(response: Response): Promise<UploadPlan> {
  return UploadPlan.parse(await response.json());
}

/** The bytes of part `n`. */
export function partOf(bytes: Buffer, n: number, partBytes = PART_BYTES): Buffer<ArrayBuffer> {
  const range = partRange(n, bytes.length, partBytes);
  if (range === null) throw new RangeError(`There is no part ${n}`);
  return Buffer.from(bytes.subarray(range.offset, range.offset + range.bytes));
}
