import { z } from "zod";

/** How a run ends before it comes to any item. One a run, in order; after the last one runs are normal. */
export const FakeStart = z.enum([
  "ok",
  "rerun-7",
  "rerun-42",
  "update-check",
  "offline",
  "missing-libs",
  "rate-limit",
  "invalid-password",
  "guard-prompt",
  "no-connection",
  "missing-permissions",
]);

/** What happens to an item: one of these, or `fail:REASON`, which prints that reason. */
export const FakeBehaviour = z.union([
  z.enum([
    "ok",
    /** Grows in steps, then succeeds. */
    "slow",
    /** Some bytes more, the timeout's line, exit 10. */
    "timeout",
    /** The same without any new byte. */
    "timeout-stuck",
    /** Some bytes more, then SIGABRT without a word. */
    "abort",
    /** Never ends, ignores SIGTERM, and so does its child. */
    "hang",
    /** Prints without end. */
    "flood",
    /** Prints two megabytes around a normal success. */
    "chatty",
    /** Succeeds and leaves a child in its group that ignores SIGTERM. */
    "stray-child",
    /** Succeeds and leaves a child in a session of its own. */
    "daemon-child",
    /** Says success and writes nothing. */
    "empty",
    /** No line about the item, exit 0. */
    "silent",
    "kill-self",
    /** Puts the files below HOME instead of the folder asked for. */
    "elsewhere",
    /** Says success with a path outside of everything that is its own. */
    "lie",
    /** Makes the item's folder a link to a place outside. */
    "link-out",
  ]),
  z.templateLiteral(["fail:", z.string()]),
]);
export type FakeBehaviour = z.infer<typeof FakeBehaviour>;

export const FakeItem = z.object({
  /** Path → text. */
  files: z.record(z.string(), z.string()).optional(),
  /** Adds a file `blob.bin` of this size. */
  bytes: z.int().min(0).optional(),
  manifest: z.string().optional(),
  /** One a run, the last one for ever. */
  behaviour: z.array(FakeBehaviour).min(1).optional(),
  /** Lines for `workshop_log.txt` of each run. */
  log: z.string().optional(),
});
export type FakeItem = z.infer<typeof FakeItem>;

export const FakeConfig = z.object({
  items: z.record(z.string(), FakeItem).default({}),
  start: z.array(FakeStart).default([]),
  /** Whether the first run of each copy only updates itself (exit 42). */
  needsWarmUp: z.boolean().default(false),
  /** Bytes that one step of `slow` and `timeout` brings, and the pause before it. */
  stepBytes: z.int().default(1_000),
  stepMs: z.int().default(10),
  /** Pause before an item is handled. */
  delayMs: z.int().default(0),
});
export type FakeConfig = z.infer<typeof FakeConfig>;

/** One line of `runs.jsonl`. */
export const FakeRun = z.object({
  argv: z.array(z.string()),
  home: z.string(),
  cwd: z.string(),
  pid: z.int(),
  tool: z.string(),
  environment: z.record(z.string(), z.string()),
  stdinClosed: z.boolean(),
  /** Another live run shared the HOME or the install dir. */
  collided: z.boolean(),
});
export type FakeRun = z.infer<typeof FakeRun>;
