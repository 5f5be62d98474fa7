import { expect, test } from "vitest";
import { type Contract, createContract } from "../../test/contract/contract.ts";
import { createDrive } from "../../test/contract/drive.ts";
import { driveAgents } from "../../test/contract/drive-agents.ts";
import { driveLibrary } from "../../test/contract/drive-library.ts";
import { drivePytorrent } from "../../test/contract/drive-pytorrent.ts";
import { driveSources } from "../../test/contract/drive-sources.ts";
import { driveTorrents } from "../../test/contract/drive-torrents.ts";
import { testGateway } from "../../test/harness.ts";
import { admit, type Knock, LINK_PATH } from "../link/admission.ts";
import { Strangers } from "../link/strangers.ts";

const DRIVES = {
  library: driveLibrary,
  agents: driveAgents,
  sources: driveSources,
  pytorrent: drivePytorrent,
  torrents: driveTorrents,
};

async function contractOf(): Promise<Contract> {
  await using gateway = await testGateway();
  return createContract(await (await gateway.get("/openapi.json")).text());
}

/** Every answer of every drive, looked at once for all tests of this file. */
async function driveAll() {
  const contract = await contractOf();
  const faults: string[] = [];
  for (const drive of Object.values(DRIVES)) {
    await using gateway = await testGateway();
    const driven = createDrive(gateway, contract);
    await drive(driven);
    faults.push(...driven.faults);
  }
  for (const status of linkStatuses())
    faults.push(...contract.faults({ method: "GET", path: LINK_PATH, ...status, body: new Uint8Array() }));
  return { contract, faults };
}

/** The socket is no route of the application: whoever knocks is admitted, or refused, before. */
function linkStatuses() {
  const strangers = new Strangers(1);
  const knock = (
    headers: Partial<Record<Parameters<Knock["header"]>[0], string>>,
  ): { status: number; headers: Headers } => {
    const given: Record<string, string | undefined> = { host: "mods.test", upgrade: "websocket", ...headers };
    const header = (name: string): string | null => given[name] ?? null;
    const answer = admit({ path: LINK_PATH, header, peer: "203.0.113.7" }, { publicUrl: null, strangers });
    return answer.ok
      ? { status: 101, headers: new Headers() }
      : { ...answer.refusal, headers: textual(answer.refusal) };
  };
  return [knock({}), knock({}), knock({ upgrade: "h2c" }), knock({ origin: "https://evil.test" }), knock({ host: "" })];
}

/** Refusals are a line of text on the raw socket. */
function textual({ headers }: { headers: Record<string, string> }): Headers {
  return new Headers({ "content-type": "text/plain", ...headers });
}

const driven = driveAll();

test("every answer has a status, headers and a body that the contract names", async () => {
  expect((await driven).faults).toEqual([]);
});

test("every status that the contract names at an operation is one that it really answers with", async () => {
  const { contract } = await driven;

  const named = contract.operations.flatMap(({ id, responses }) =>
    Object.keys(responses).map((status) => `${id} ${status}`),
  );

  expect(named.filter((answer) => !contract.seen.has(answer))).toEqual([]);
});
