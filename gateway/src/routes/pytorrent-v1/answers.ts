import { reply } from "../pytorrent/reply.ts";

/** The first interface's answers about single mods, word for word and in its key order. All of them come with a 200. */
export const V1_ANSWERS = {
  notReady: { message: "the server is not ready to process requests", error_id: 1 },
  alreadyProcessed: { message: "your request is already being processed", error_id: 3 },
} as const;

/** The answer to the one request that put a mod into the queue. */
export function v1Queued({ failedBefore }: { failedBefore: boolean }) {
  return { message: "request added to queue", error_id: 0, unsuccessful_attempts: failedBefore } as const;
}

/** `check_error`: nobody could be asked whether it exists. `search_error`: it does not. */
export function notFound({ check_error = false, search_error = false }): Response {
  return reply(200, { message: "this mod was not found", error_id: 2, info: { check_error, search_error } });
}
