import { createHash } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { type Answer, ask } from "./ask.ts";
import { type CompatLibrary, compatLibrary } from "./compat-library.ts";
import { DEPARTURES, FAULTY_ROWS, owed } from "./departures.ts";
import { effectsBetween, snapshot } from "./effects.ts";
import { type RecordedCase, recordedCases } from "./recorded.ts";
import { endTransfer } from "./transfers.ts";

const NOW = "2026-11-20 15:30:00.000000";
const cases = recordedCases(2);

/** Cases that read the pristine library and count nothing but their own request share one gateway. */
let shared: Promise<CompatLibrary> | null = null;
afterAll(async () => (await shared)?.[Symbol.asyncDispose]());

function onlyReads({ setup, effects }: RecordedCase): boolean {
  const { mods = {}, processing = [] } = effects ?? {};
  return Object.keys(setup).length === 0 && Object.keys(mods).length === 0 && processing.length === 0;
}

async function libraryFor(recorded: RecordedCase): Promise<CompatLibrary> {
  if (!onlyReads(recorded)) return compatLibrary(recorded.setup);
  shared ??= compatLibrary({});
  return shared;
}

describe("PyTorrent's current interface", () => {
  test.each(cases)("$request.method $request.target answers like the original: $id", async (recorded) => {
    const library = await libraryFor(recorded);
    try {
      await check(library, recorded);
    } finally {
      if (library !== (await shared)) await library[Symbol.asyncDispose]();
    }
  });

  test("every departure is one of a recorded case", () => {
    const ids = cases.map(({ id }) => id);

    expect(Object.keys(DEPARTURES).filter((id) => !ids.includes(id))).toEqual([]);
  });
});

async function check({ gateway, origin }: CompatLibrary, recorded: RecordedCase): Promise<void> {
  const expected = owed(recorded);
  for (const target of recorded.setup.before ?? []) await ask(origin, { target });
  await gateway.deps.counters.flush();
  const before = await snapshot(gateway.deps.database);

  const answer = await ask(origin, recorded.request);

  expect(answer.status).toBe(expected.status);
  expect(headersOf(answer, origin)).toMatchObject(expected.headers);
  checkBody(answer, expected);
  const queued = /^\/download\/steam\/(\d+)$/.exec(recorded.request.target)?.[1];
  if (recorded.status === 202 && queued !== undefined) await endTransfer(gateway, queued);
  await gateway.deps.counters.flush();
  const effects = effectsBetween(before, await snapshot(gateway.deps.database), NOW);
  checkEffects(effects, expected);
}

function headersOf({ headers }: Answer, origin: string): Record<string, string> {
  const location = headers["location"];
  return location === undefined ? headers : { ...headers, location: location.replace(origin, "") };
}

type Owed = ReturnType<typeof owed>;

function checkBody({ body, status }: Answer, expected: Owed): void {
  if (expected.body_sha256 !== undefined && status === 200) {
    expect(createHash("sha256").update(body).digest("hex")).toBe(expected.body_sha256);
    return;
  }
  if (expected.isAnyBody || expected.volatile || expected.compare === "status" || expected.body == null) return;
  const text = body.toString("utf8");
  const { unsuccessful_attempts, ...rest } = JSON.parse(text);
  const value: unknown = unsuccessful_attempts === undefined ? JSON.parse(text) : rest;
  expect(value).toEqual(expected.body);
  // The original's key order, too.
  expect(JSON.stringify(value)).toBe(JSON.stringify(expected.body));
}

function checkEffects(effects: ReturnType<typeof effectsBetween>, expected: Owed): void {
  if (expected.effects === undefined) return;
  const { stat, days, rows, ...others } = effects;
  expect({ stat, days }).toEqual({ stat: expected.effects.stat, days: expected.effects.stat });
  const { stat: _, rows: grown, ...owedOthers } = expected.effects;
  expect(others).toEqual(owedOthers);
  const compared = Object.entries(grown).filter(([table]) => !FAULTY_ROWS.includes(table));
  expect(rows).toMatchObject(Object.fromEntries(compared));
}
