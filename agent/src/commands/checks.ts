import { accessSync, constants, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import type { Config } from "../config.ts";
import { causeText } from "../link/enrol.ts";
import { openIdentity } from "../link/identity.ts";
import { silentLog } from "../log.ts";
import { checkWatch } from "./checks-watch.ts";
import type { CommandContext } from "./context.ts";
import { bad, type Finding, good, note } from "./finding.ts";
import { findRunning } from "./running.ts";

type Check = (config: Config, context: CommandContext) => Finding | Promise<Finding>;

const GATEWAY_MS = 10_000;
/** The first check may install and update SteamCMD. */
const ENGINE_MS = 15 * 60_000;
const CLOCK_OFF_MAX_MS = 5 * 60_000;
const NODE_MIN = [22, 18] as const;

const CHECKS: readonly Check[] = [checkNode, checkFolder, checkDisk, checkPort, checkGateway, checkEnrolment];

/** Everything the agent needs, in the order in which it needs it. */
export async function runChecks(config: Config, context: CommandContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(await check(config, context));
  findings.push(...(await checkWatch(config)));
  for (const engine of context.createEngines(config, silentLog)) {
    const health = await engine.check(AbortSignal.timeout(ENGINE_MS));
    const name = `engine ${engine.kind}`;
    findings.push(health.ok ? good(name, health.version) : bad(name, health.problem, health.fix));
  }
  return findings;
}

function checkNode(_config: Config, { nodeVersion, platform }: CommandContext): Finding {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  const detail = `${nodeVersion} on ${platform}`;
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return good("Node", detail);
  return bad("Node", detail, `Start with "npm run agent", or install Node ${NODE_MIN.join(".")} or newer`);
}

function checkFolder({ dataFolder }: Config): Finding {
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    accessSync(dataFolder, constants.W_OK);
    return good("data folder", dataFolder);
  } catch {
    return bad(
      "data folder",
      `Cannot write to ${dataFolder}`,
      "Make it writable, or set MODFLEET_AGENT_DATA to another folder",
    );
  }
}

function checkDisk({ dataFolder, limits }: Config, { freeBytes }: CommandContext): Finding {
  const free = freeBytes(dataFolder);
  const detail = `${gib(free)} GiB free, ${gib(limits.freeBytesMin)} GiB stay free`;
  if (free > limits.freeBytesMin) return good("disk", detail);
  return bad("disk", detail, "Free some space, or lower MODFLEET_MIN_FREE");
}

const gib = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);

/** A port that is taken by this very agent is as it should be. */
async function checkPort({ dataFolder, local }: Config): Promise<Finding> {
  const running = await findRunning(dataFolder);
  if (running !== null) return good("local port", `The agent runs, see ${running.url}`);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once("error", () => resolve(false)).listen(local.port, local.host, () => resolve(true));
  const isFree = await promise;
  probe.close();
  const detail = `${local.host}:${local.port}`;
  return isFree
    ? good("local port", detail)
    : bad("local port", `${detail} is taken`, "Set MODFLEET_LOCAL_PORT to another port");
}

const WITHOUT_GATEWAY = "None set; only needed for `run` (MODFLEET_GATEWAY)";
const INVITE_FIX = "Ask the gateway's operator for an invitation and set MODFLEET_INVITE to it";

/** Nothing depends on this machine's clock but certificates; a wrong one is the usual reason why those fail. */
async function checkGateway({ gateway }: Config, { now }: CommandContext): Promise<Finding> {
  if (gateway === null) return note("gateway", WITHOUT_GATEWAY);
  try {
    const response = await fetch(new URL("/healthz", gateway), { signal: AbortSignal.timeout(GATEWAY_MS) });
    if (!response.ok)
      return bad("gateway", `${gateway} answers HTTP ${response.status}`, "Check MODFLEET_GATEWAY, or try later");
    const theirs = Date.parse(response.headers.get("date") ?? "");
    if (Math.abs(theirs - now()) > CLOCK_OFF_MAX_MS) {
      return bad(
        "gateway",
        "This machine's clock is off by minutes",
        "Set the clock, for example with timedatectl set-ntp true",
      );
    }
    return good("gateway", gateway);
  } catch (cause) {
    return bad("gateway", `${gateway}: ${causeText(cause)}`, "Check MODFLEET_GATEWAY and the network");
  }
}

function checkEnrolment({ gateway, dataFolder, invite }: Config): Finding {
  if (gateway === null) return note("enrolment", WITHOUT_GATEWAY);
  try {
    const agent = openIdentity(dataFolder).agentAt(gateway);
    if (agent !== null) return good("enrolment", agent);
    if (invite !== null) return good("enrolment", "With the first start");
    return bad("enrolment", "Not yet, and there is no MODFLEET_INVITE", INVITE_FIX);
  } catch (cause) {
    return bad("enrolment", causeText(cause), "Move the damaged file away; the agent enrols again");
  }
}
