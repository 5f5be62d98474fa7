/** PyTorrent's answers about single mods, word for word and in its key order. */
export const ANSWERS = {
  notFoundOnSteam: { message: "this mod was not found", error_id: 2 },
  notHere: { message: "the mod is not on the server", error_id: 1 },
  damaged: { message: "the mod is damaged", error_id: 2 },
  notReady: { message: "the server is not ready to process requests", error_id: 1 },
  alreadyProcessed: { message: "your request is already being processed", error_id: 3 },
  stillLoading: { message: "this mod is still loading", error_id: 3 },
  unknownPath: { detail: "Not Found" },
  wrongMethod: { detail: "Method Not Allowed" },
  wrongPageSize: { message: "incorrect page size", error_id: 1 },
  tooComplex: { message: "the maximum complexity of filters is 30 elements in sum", error_id: 2 },
  wrongIds: { message: "the size of the array is not correct", error_id: 1 },
  notAnInteger: {
    detail: [{ loc: ["path", "mod_id"], msg: "value is not a valid integer", type: "type_error.integer" }],
  },
} as const;

/** The answer to the one request that put a mod into the queue. */
export function queued({ failedBefore, updating }: { failedBefore: boolean; updating: boolean }) {
  return { message: "request added to queue", error_id: 0, unsuccessful_attempts: failedBefore, updating } as const;
}

/** The answer while a final failure is remembered: the mod cannot be had, and the key says why. */
export const failedFinally = { ...ANSWERS.notFoundOnSteam, unsuccessful_attempts: true } as const;
