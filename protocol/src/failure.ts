import { z } from "zod";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Where a job goes after a failure. `never` is final once confirmed; `same_agent` resumes in the same folders;
 * `other_agent` and `other_network` avoid the one that failed while another could do it; `later` waits without avoiding.
 */
export type RetryRule = "never" | "same_agent" | "other_agent" | "other_network" | "later";

type Failure = {
  /** A sentence for a person. */
  message: string;
  /** What the requester can do. */
  advice: string;
  retry: RetryRule;
  /** Whether the item pays with one of its five attempts. */
  charged: boolean;
  /** How long a final failure is remembered before a request tries again. */
  rememberMs: number;
  /** Attempts with this code before it is final, where the general limits are too many. */
  triesMax?: number;
};

/** Every way a job can fail (PROTOCOL section 8). One row a code. */
export const FAILURES = {
  item_removed: {
    message: "Steam no longer has this item",
    advice: "Ask the author, or look for a copy that somebody published again",
    retry: "never",
    charged: false,
    rememberMs: DAY,
  },
  needs_owner: {
    message: "Steam gives this item only to accounts that own the game",
    advice: "An agent with an account that owns the game has to join the fleet",
    retry: "never",
    charged: false,
    rememberMs: 7 * DAY,
  },
  steam_timeout: {
    message: "Steam was too slow; the download goes on where it stopped",
    advice: "Wait, it is tried again by itself",
    retry: "same_agent",
    charged: false,
    rememberMs: 0,
  },
  steam_failure: {
    message: "Steam refused the download without a reason",
    advice: "Try again later; the game may not allow downloads without owning it",
    retry: "later",
    charged: true,
    rememberMs: 15 * MINUTE,
    triesMax: 3,
  },
  steam_unreachable: {
    message: "Steam could not be reached",
    advice: "Wait, it is tried again by itself",
    retry: "other_network",
    charged: false,
    rememberMs: 0,
  },
  rate_limited: {
    message: "The source asked to slow down",
    advice: "Wait, it is tried again by itself",
    retry: "other_network",
    charged: false,
    rememberMs: 0,
  },
  item_locked: {
    message: "The item was in use by another download",
    advice: "Wait, it is tried again by itself",
    retry: "same_agent",
    charged: false,
    rememberMs: 0,
  },
  empty_result: {
    message: "The download succeeded and brought nothing",
    advice: "Try again later; the item may be empty",
    retry: "later",
    charged: true,
    rememberMs: 15 * MINUTE,
    triesMax: 2,
  },
  tool_broken: {
    message: "The agent's download tool does not work",
    advice: "Wait, another agent takes over",
    retry: "other_agent",
    charged: false,
    rememberMs: 0,
  },
  disk_full: {
    message: "The agent's disk is full",
    advice: "Wait, another agent takes over",
    retry: "other_agent",
    charged: false,
    rememberMs: 0,
  },
  draining: {
    message: "The agent is shutting down",
    advice: "Wait, another agent takes over",
    retry: "other_agent",
    charged: false,
    rememberMs: 0,
  },
  agent_lost: {
    message: "The agent fell silent",
    advice: "Wait, another agent takes over",
    retry: "other_agent",
    charged: false,
    rememberMs: 0,
  },
  too_large: {
    message: "The item is larger than this library takes",
    advice: "Ask the operator to raise the limit",
    retry: "never",
    charged: false,
    rememberMs: DAY,
  },
  unsafe_content: {
    message: "The item holds files that are not safe to pass on",
    advice: "Ask the author to remove links, devices and reserved names",
    retry: "never",
    charged: false,
    rememberMs: DAY,
  },
  source_unreachable: {
    message: "The source could not be reached",
    advice: "Check the address; it is tried again by itself",
    retry: "other_network",
    charged: false,
    rememberMs: 0,
  },
  source_not_found: {
    message: "The source has no such file",
    advice: "Check the address",
    retry: "never",
    charged: false,
    rememberMs: HOUR,
  },
  source_not_a_file: {
    message: "The address leads to a web page, not to a file",
    advice: "Use the address of the file itself",
    retry: "never",
    charged: false,
    rememberMs: HOUR,
  },
  source_changed: {
    message: "The item changed while it was being fetched",
    advice: "Wait, the new version is fetched by itself",
    retry: "later",
    charged: false,
    rememberMs: 0,
  },
  hash_mismatch: {
    message: "What arrived does not match its checksum",
    advice: "Wait, another agent takes over; if you named a SHA-256, check it",
    retry: "other_agent",
    charged: false,
    rememberMs: 0,
  },
  internal: {
    message: "Something went wrong on our side",
    advice: "Try again later and report it if it stays",
    retry: "later",
    charged: true,
    rememberMs: 0,
  },
} as const satisfies Record<string, Failure>;

export type FailureCode = keyof typeof FAILURES;

const codes = Object.keys(FAILURES) as [FailureCode, ...FailureCode[]];

export const FailureCode = z.enum(codes);

/** The row of `code`, with its optional columns visible to the type checker. */
export function failureRule(code: FailureCode): Failure {
  return FAILURES[code];
}

/** What an agent reports; `detail` is for logs and is cut, never shown to a stranger. */
export const FailureReport = z.object({
  code: FailureCode,
  detail: z.string().transform((text) => text.slice(0, 2_000)),
  retryAfterMs: z
    .int()
    .min(0)
    .max(7 * DAY)
    .optional(),
});
export type FailureReport = z.infer<typeof FailureReport>;
