import { type Command, InvalidArgumentError, Option } from "commander";
import { createInvite } from "../actions/create-invite.ts";
import type { AdminContext } from "./admin-context.ts";

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const TTL_MAX_MS = 365 * UNIT_MS.d;
const USES_MAX = 100_000;

/** `invite`: prints an enrolment token as the only line on stdout. */
export function registerInvite(program: Command, { withDeps, print }: AdminContext): void {
  program
    .command("invite")
    .description("print a token that lets agents enrol (their MODFLEET_INVITE)")
    .option("--uses <n>", "how many agents may enrol with it", parseUses, 1)
    .addOption(
      new Option("--ttl <duration>", "how long it counts, like 90m, 24h or 7d")
        .argParser(parseDuration)
        .default(24 * UNIT_MS.h, "24h"),
    )
    .action(async ({ uses, ttl }: { uses: number; ttl: number }) => {
      const { token } = await withDeps((deps) => createInvite(deps, { uses, ttlMs: ttl }));
      print(token);
    });
}

/** Milliseconds of `90s`, `90m`, `24h` or `7d`, at most a year. */
export function parseDuration(text: string): number {
  const [, count = "", unit = ""] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  const ms = isUnit(unit) ? Number(count) * UNIT_MS[unit] : 0;
  if (ms === 0 || ms > TTL_MAX_MS) throw new InvalidArgumentError("Must be a number and s, m, h or d, at most 365d.");
  return ms;
}

const isUnit = (text: string): text is keyof typeof UNIT_MS => text in UNIT_MS;

function parseUses(text: string): number {
  const uses = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (uses < 1 || uses > USES_MAX) throw new InvalidArgumentError(`Must be a whole number from 1 to ${USES_MAX}.`);
  return uses;
}
