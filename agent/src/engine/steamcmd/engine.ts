import type { FailureReport, Source } from "@modfleet/protocol";
import type { Engine, EngineHealth, FetchOutcome, FetchRequest } from "../engine.ts";
import { failureOf } from "../failure-of.ts";
import { fetchFile } from "../http/fetch-file.ts";
import { STEAMCMD_LIMITS, type SteamcmdLimits, type SteamcmdOptions } from "../options.ts";
import { checkTool } from "./check.ts";
import { STEAM_USER } from "./commands.ts";
import { fetchItem, type WorkshopItem } from "./fetch-item.ts";
import { createToolbox } from "./toolbox.ts";

/**
 * Fetches Workshop items with SteamCMD, and legacy items (those with a `fileUrl`) over HTTP. One HOME and one tool copy per
 * slot; callers never run two jobs in one slot at the same moment.
 */
export function createSteamcmdEngine(given: SteamcmdOptions): Engine {
  const limits: SteamcmdLimits = { ...STEAMCMD_LIMITS, ...given.limits };
  const options = { ...given, limits, environment: toEnvironment(given.environment) };
  const toolbox = createToolbox(options);
  let account: string | null = STEAM_USER.test(given.steamUser) ? null : "MODFLEET_STEAM_USER is not an account name";

  const fetchWorkshop = async (source: WorkshopItem, request: FetchRequest): Promise<FetchOutcome> => {
    if (account !== null) return failed({ code: "tool_broken", detail: account });
    const prepared = await toolbox.prepare(request.slot, request.signal);
    if (!prepared.ok) return request.signal.aborted ? { kind: "cancelled" } : failed(prepared.failure);
    return await fetchItem(request, {
      ...options,
      slot: prepared.slot,
      source,
      user: given.steamUser,
      onAccountRefused(detail) {
        // Every further login would lengthen Steam's lock on the account.
        if (given.steamUser !== "anonymous") account = detail;
      },
    });
  };

  return {
    kind: "workshop",
    check: async (signal): Promise<EngineHealth> =>
      account === null ? await checkTool(toolbox, options, signal) : refused(account, given.steamUser),
    async fetch(request) {
      try {
        if (request.source.kind !== "workshop") return failed(unsupported(request.source));
        const { fileUrl } = request.source;
        if (fileUrl === undefined) return await fetchWorkshop(request.source, request);
        const { allowPrivate = false, httpLimits: limits = {}, connections = 4, blockBytes = null } = given;
        return await fetchFile({ url: fileUrl, fallbackName: `${request.source.item}_legacy.bin` }, request, {
          ...{ allowPrivate, limits, connections, blockBytes },
        });
      } catch (error) {
        return request.signal.aborted ? { kind: "cancelled" } : failed(failureOf(error));
      }
    },
  };
}

const failed = (failure: FailureReport): FetchOutcome => ({ kind: "failed", failure });

const unsupported = ({ kind }: Source): FailureReport => ({
  code: "internal",
  detail: `SteamCMD cannot fetch ${kind}`,
});

const refused = (problem: string, user: string): EngineHealth => ({
  ok: false,
  problem: `Steam refused the account ${user}: ${problem.slice(0, 200)}`,
  fix: "Log in once by hand with the slot's HOME (steamcmd +login USER +quit) and restart the agent, or unset MODFLEET_STEAM_USER",
});

/** HOME is the slot's own; everything else of the agent's environment reaches the tool. */
function toEnvironment(environment: SteamcmdOptions["environment"]): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || name === "HOME" ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}
