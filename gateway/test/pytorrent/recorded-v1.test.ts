import { createHash } from "node:crypto";
import { JobId } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { baseOf } from "../../src/domain/advance.ts";
import { anItem } from "../database-facts.ts";
import type { TestGateway } from "../harness.ts";
import { AGENT_A, aNewJob } from "../jobs.ts";
import { ask } from "./ask.ts";
import { type CompatLibrary, compatLibrary } from "./compat-library.ts";
import { type RecordedCase, recordedCases } from "./recorded.ts";
import { endTransfer } from "./transfers.ts";

const SQL = "the original pastes the source into its SQL";
const FAULT = "the original fails";
const ONE_RECORD = "a mod has one name and one size here, not one for each try";

type Departure = { why: string; status?: number; body?: unknown };

const noMods = (source: string): unknown => ({
  database_size: 0,
  request: { page_size: 3, page_number: 0, offeset: 0, source, game_id: 294_100 },
  results: [],
});
const DEPARTURES: Readonly<Record<string, Departure>> = {
  "v1/list_mods_injection": { why: SQL, body: noMods('" OR "1"="1') },
  "v1/list_mods_quote": { why: `${FAULT}: ${SQL}`, status: 200, body: noMods('"') },
  "v1/download_steam_down": {
    why: `${FAULT}; its README promises check_error`,
    status: 200,
    body: { message: "this mod was not found", error_id: 2, info: { check_error: true, search_error: false } },
  },
  "v1/download_quote_in_title": { why: `${FAULT} with everything older than seven days`, status: 200 },
  "v1/download_stale": { why: `${FAULT} with everything older than seven days`, status: 200 },
  "v1/info_mod_requested_after_failure": { why: ONE_RECORD },
};

const cases = recordedCases(1);

describe("PyTorrent's first interface", () => {
  test.each(cases)("$request.method /v1$request.target answers like the original: $id", async (recorded) => {
    await using library = await compatLibrary(recorded.setup);
    await arrange(library, recorded);

    const target = `/v1${recorded.request.target}`;
    const answer = await ask(library.origin, { ...recorded.request, target });

    const departure = DEPARTURES[recorded.id];
    expect(answer.status).toBe(departure?.status ?? recorded.status);
    if (departure?.status === undefined) expect(answer.headers).toMatchObject(prefixed(recorded.headers));
    if (recorded.body_sha256 !== undefined) {
      expect(createHash("sha256").update(answer.body).digest("hex")).toBe(recorded.body_sha256);
    } else if (departure === undefined ? recorded.body != null : departure.body !== undefined) {
      const body: unknown = JSON.parse(answer.body.toString("utf8"));
      expect(withoutSeconds(body, recorded)).toEqual(withoutSeconds(departure?.body ?? recorded.body, recorded));
    }
    await checkRows(library, recorded);
  });

  test("every departure is one of a recorded case", () => {
    const ids = cases.map(({ id }) => id);

    expect(Object.keys(DEPARTURES).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test("a mod that is asked for again after failures shows both", async () => {
    await using library = await compatLibrary({});
    await fail(library.gateway, 3_900_000_102);
    await request(library.gateway, 3_900_000_102);

    const { body } = await ask(library.origin, { target: "/v1/info/mod/3900000102" });

    const { condition, downloaded, requested, not_loaded } = JSON.parse(body.toString("utf8"));
    expect([condition, downloaded, requested[4]]).toEqual([1, null, "2026-11-20 15:00:00"]);
    expect(not_loaded.map((row: unknown[]) => row[4])).toEqual([1, 2, 3].map((day) => `2026-11-0${day} 10:00:00`));
  });
});

function prefixed(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { location, ...others } = headers;
  return location === undefined ? others : { ...others, location: `/v1${location}` };
}

/** The recording's clock ran on while it was made. */
function withoutSeconds(body: unknown, { volatile }: RecordedCase): unknown {
  if (!volatile) return body;
  return JSON.parse(JSON.stringify(body).replaceAll(/2026-11-20 15:30:\d\d/g, "2026-11-20 15:30"));
}

async function arrange({ gateway, origin }: CompatLibrary, { setup }: RecordedCase): Promise<void> {
  for (const id of setup.not_loaded ?? []) await fail(gateway, id);
  for (const id of setup.requested ?? []) await request(gateway, id);
  for (const target of setup.before ?? []) {
    await ask(origin, { target: `/v1${target}` });
    if (setup.settled) await endTransfer(gateway, target.split("/").at(-1) ?? "");
  }
}

/** The recording's rows of a running transfer: 15:00, five bytes. */
async function request({ deps }: TestGateway, id: number): Promise<void> {
  await deps.catalogue.saveItem(anItem(String(id), { title: "Requested", sizeBytes: 5 }), deps.now());
  await queue(deps, { mod: id, sizeBytes: 5, requestedAt: Date.UTC(2026, 10, 20, 15) });
}

/** The recording's rows of transfers that failed, one a day. */
async function fail({ deps }: TestGateway, mod: number): Promise<void> {
  const n = mod % 100;
  await deps.catalogue.saveItem(anItem(String(mod), { title: `Failed ${n}`, sizeBytes: 1_000 + n }), deps.now());
  for (let day = 1; day <= n + 1; day += 1) {
    const at = Date.UTC(2026, 10, day, 10);
    const id = await queue(deps, { mod, sizeBytes: 1_000 + n, requestedAt: at });
    const job = await deps.jobs.find(id);
    if (job === null) throw new Error(`There is no job ${id}`);
    const failure = { code: "item_removed", detail: "nothing came", agent: AGENT_A, network: "192.0.2.1", at } as const;
    await deps.jobs.replace(job, { ...baseOf(job), failure, state: "failed", retryAt: at, finishedAt: at });
  }
}

type Queued = { mod: number; sizeBytes: number; requestedAt: number };

async function queue(deps: TestGateway["deps"], { mod, sizeBytes, requestedAt }: Queued): Promise<JobId> {
  const id = JobId.parse(deps.newId("job"));
  const source = { kind: "workshop", app: 294_100, item: String(mod) } as const;
  await deps.jobs.insertOrJoin(
    aNewJob({ id, mod: String(mod), source, version: "1", expectedBytes: sizeBytes, requestedAt }),
  );
  return id;
}

/** What the original's tables held after a transfer, as its own door shows them. */
async function checkRows({ gateway, origin }: CompatLibrary, recorded: RecordedCase): Promise<void> {
  const mod = /^\/download\/steam\/(\d+)$/.exec(recorded.request.target)?.[1];
  const { downloaded_mods, not_loaded_mods } = recorded.rows_after ?? {};
  if (mod === undefined || downloaded_mods === undefined || recorded.status !== 200) return;
  await endTransfer(gateway, mod);
  const { body } = await ask(origin, { target: `/v1/info/mod/${mod}` });
  const { downloaded, requested, not_loaded } = JSON.parse(body.toString("utf8"));
  expect({ downloaded: (downloaded ?? []).slice(0, 4), requested }).toEqual({
    downloaded: downloaded_mods[0]?.slice(0, 4) ?? [],
    requested: null,
  });
  if (downloaded === null) expect(not_loaded).toHaveLength(not_loaded_mods?.length ?? 0);
  else expect(not_loaded).toBeNull();
}
