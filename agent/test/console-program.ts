import { openLocalDoors } from "../src/commands/local-doors.ts";
import { parseConfig } from "../src/config.ts";
import { silentLog } from "../src/log.ts";
import { aStatus } from "./a-status.ts";

/** The local doors as a process of their own, for tests that kill it. Says its URL. */
const read = parseConfig(process.env, {}, { hostName: "box" });
if (!read.ok) throw new Error(read.problems.join());
const surface = await openLocalDoors(read.config, { status: aStatus, drain: () => {}, log: silentLog });
process.stdout.write(`${surface.url}\n`);
