import type { Deps } from "../deps.ts";

export type AdminDeps = Pick<Deps, "agents" | "bells" | "fleet" | "jobs" | "limits" | "log" | "now" | "randomBytes">;

/** What the short administrative commands need. They work on the rows, so `serve` may run on the same data meanwhile. */
export type AdminContext = {
  /** Opens the stores for one command and closes them after it, whatever happened. */
  withDeps<Result>(run: (deps: AdminDeps) => Promise<Result>): Promise<Result>;
  /** Writes one line on stdout. */
  print(line: string): void;
};
