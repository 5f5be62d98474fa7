import { readFileSync } from "node:fs";
import { z } from "zod";

const Fields = z.record(z.string(), z.unknown());

/** What a request changed: see the recording's own README. */
const Effects = z.object({
  stat: z.record(z.string(), z.int()).default({}),
  processing: z.array(z.string()).default([]),
  mods: z.record(z.string(), Fields).default({}),
  games: z.record(z.string(), Fields).default({}),
  rows: z.record(z.string(), z.int()).default({}),
});
export type Effects = z.infer<typeof Effects>;

const SteamItem = z.object({ details: Fields, page: z.string(), appdetails: Fields.optional() });

const Setup = z.strictObject({
  sql: z.string().optional(),
  stat_sql: z.string().optional(),
  zip_for: z.tuple([z.coerce.string(), z.coerce.string()]).optional(),
  folder_for: z.coerce.string().optional(),
  no_content_root: z.boolean().optional(),
  starting: z.boolean().optional(),
  before: z.array(z.string()).optional(),
  settled: z.boolean().optional(),
  requested: z.array(z.int()).optional(),
  not_loaded: z.array(z.int()).optional(),
  steam: z
    .strictObject({
      down: z.boolean().optional(),
      time_updated: z.record(z.string(), z.int()).optional(),
      item: SteamItem.optional(),
    })
    .optional(),
});
export type Setup = z.infer<typeof Setup>;

const Case = z.object({
  id: z.string(),
  request: z.object({
    method: z.string(),
    target: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  setup: Setup.default({}),
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown().optional(),
  body_text: z.string().optional(),
  body_sha256: z.string().optional(),
  body_length: z.int().optional(),
  effects: Effects.optional(),
  rows_after: z.record(z.string(), z.array(z.array(z.unknown()))).optional(),
  volatile: z.boolean().default(false),
  compare: z.literal("status").optional(),
});
export type RecordedCase = z.infer<typeof Case>;

const Recording = z.object({ now: z.string(), cases: z.array(Case) });

/** What the original answered: version 2 is its last, version 1 its first interface. */
export function recordedCases(version: 1 | 2): RecordedCase[] {
  const file = new URL(`fixtures/v${version}.json`, import.meta.url);
  return Recording.parse(JSON.parse(readFileSync(file, "utf8"))).cases;
}

/** The clock of the recording. */
export const RECORDED_AT = Date.UTC(2026, 10, 20, 15, 30);
