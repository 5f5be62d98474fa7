import { PART_HASH_HEADER } from "@modfleet/protocol";
import { changeJob } from "../../src/actions/change-job.ts";
import { createInvite } from "../../src/actions/create-invite.ts";
import { signUploadToken, type UploadClaims } from "../../src/domain/upload-token.ts";
import { sha256Of } from "../archives.ts";
import type { TestGateway } from "../harness.ts";
import { AGENT_A, aNewJob } from "../jobs.ts";
import { planOf } from "../uploads.ts";
import { newAgentKey } from "../wire-agent.ts";
import { type Drive, diskFull, JSON_TYPE, LARGE } from "./drive.ts";

const ENROL = "/agent/v1/enrol";
const UPLOADS = "/agent/v1/uploads";
const ARCHIVE = Buffer.from("an archive");
/** One more than an address may enrol at once. */
const ENROLMENTS = 101;

/** The agents' own doors, with every answer they have. */
export async function driveAgents(drive: Drive): Promise<void> {
  await driveEnrolment(drive);
  await driveUploads(drive);
}

async function driveEnrolment({ gateway, ask }: Drive): Promise<void> {
  const { deps } = gateway;
  const post = (body: object | string) =>
    ask("POST", ENROL, { body: typeof body === "string" ? body : JSON.stringify(body), headers: JSON_TYPE });
  const { token: invite } = await createInvite(deps, { uses: 2, ttlMs: 60_000 });
  const known = { invite, name: "attic", publicKey: newAgentKey().publicKey };
  const { agent } = await (await post(known)).json();
  await post("{");
  await ask("POST", ENROL, { body: "name=attic", headers: { "content-type": "text/plain" } });
  await post({ name: "attic", publicKey: newAgentKey().publicKey });
  await post(LARGE);
  await deps.agents.setStatus(agent, "revoked");
  await post(known);
  const { findByKey } = deps.agents;
  deps.agents.findByKey = diskFull;
  await post({ ...known, publicKey: newAgentKey().publicKey });
  deps.agents.findByKey = findByKey;
  for (let n = 0; n < ENROLMENTS; n += 1) await post({ name: "attic", publicKey: newAgentKey().publicKey });
}

async function driveUploads({ gateway, ask }: Drive): Promise<void> {
  const { deps } = gateway;
  const job = await aHeldJob(gateway);
  const token = (claims: Partial<UploadClaims> = {}) =>
    signUploadToken(deps.uploadSecret, {
      ...{ job: job.id, epoch: 1, agent: AGENT_A, maxBytes: 1_000, expiresAt: deps.now() + 60_000, ...claims },
    });
  const send = (method: string, path: string, init: RequestInit = {}, as = token()) =>
    ask(method, path, { ...init, headers: { authorization: `Bearer ${as}`, ...init.headers } });
  const open = (bytes: number, as?: string) =>
    send("POST", UPLOADS, { body: JSON.stringify({ bytes, sha256: sha256Of(ARCHIVE) }), headers: JSON_TYPE }, as);

  const { blobs } = deps;
  const { createUpload } = blobs;
  blobs.createUpload = async () => "disk_full";
  await open(ARCHIVE.length);
  blobs.createUpload = createUpload;
  const { upload } = await planOf(await open(ARCHIVE.length));
  await open(0);
  await send("POST", UPLOADS, { body: "bytes=1", headers: { "content-type": "text/plain" } });
  await open(ARCHIVE.length + 1);
  await open(2_000);

  const at = `${UPLOADS}/${upload}`;
  const put = (n: number, sha256 = sha256Of(ARCHIVE), as?: string) =>
    send("PUT", `${at}/parts/${n}`, { body: ARCHIVE, headers: { [PART_HASH_HEADER]: sha256 } }, as);
  const { writePart } = blobs;
  blobs.writePart = async () => "disk_full";
  await put(1);
  blobs.writePart = writePart;
  await put(1, sha256Of("another"));
  await put(2);
  await put(0);

  const stale = token({ epoch: 2 });
  for (const as of ["nonsense", stale]) {
    await open(ARCHIVE.length, as);
    await send("GET", at, {}, as);
    await put(1, undefined, as);
    await send("POST", `${at}/complete`, {}, as);
  }
  for (const wrong of ["upl_1", `upl_${"z".repeat(20)}`]) {
    await send("GET", `${UPLOADS}/${wrong}`);
    await send("POST", `${UPLOADS}/${wrong}/complete`);
  }
  await send("GET", at);
  await send("POST", `${at}/complete`, { body: LARGE });
  await send("POST", `${at}/complete`);
  await put(1);
  const { completeWhole } = deps.uploads;
  deps.uploads.completeWhole = diskFull;
  await send("POST", `${at}/complete`);
  deps.uploads.completeWhole = completeWhole;
  await send("POST", `${at}/complete`);
  await put(1, sha256Of("another"));
}

/** A job that the first agent holds under epoch 1. */
async function aHeldJob({ deps }: TestGateway): Promise<{ id: string }> {
  const { job } = await deps.jobs.insertOrJoin(aNewJob());
  await changeJob(deps, job.id, { event: { type: "claimed", agent: AGENT_A, network: "192.0.2.1" } });
  await changeJob(deps, job.id, { event: { type: "accepted", agent: AGENT_A, epoch: 1 } });
  return job;
}
