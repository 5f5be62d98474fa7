import { isProblem, type Job, type Problem } from "./views.ts";

/** What this package says itself; everything else in `code` is a gateway's. */
export type OwnCode = "unreachable" | "timed_out" | "job_failed" | "job_cancelled" | "unexpected_answer";

type Details = {
  status?: number;
  problem?: Problem;
  job?: Job;
  retryAfterSeconds?: number | null;
  cause?: unknown;
};

/** Every failure of this package. `code` is stable and meant for programs, `message` for people. */
export class ModfleetError extends Error {
  readonly code: Problem["code"] | OwnCode;
  /** The answer's HTTP status; null when there was no answer. */
  readonly status: number | null;
  readonly problem: Problem | null;
  /** The job as it ended, with `failure` saying why: for `job_failed` and `job_cancelled`. */
  readonly job: Job | null;
  /** When asking again makes sense; null where the gateway does not say. */
  readonly retryAfterSeconds: number | null;

  constructor(code: ModfleetError["code"], message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.name = "ModfleetError";
    this.code = code;
    this.status = details.status ?? null;
    this.problem = details.problem ?? null;
    this.job = details.job ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
  }
}

/** The failure that an answer's status and body tell of. */
export function errorOf(response: Response, body: unknown): ModfleetError {
  const { status } = response;
  const retryAfterSeconds = secondsIn(response.headers.get("retry-after"));
  if (isProblem(body)) return new ModfleetError(body.code, body.detail, { status, problem: body, retryAfterSeconds });
  return new ModfleetError("unexpected_answer", `The gateway answered ${status}`, { status, retryAfterSeconds });
}

function secondsIn(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : null;
}

type Answer<Data> = { data?: Data; error?: unknown; response: Response };

/** The data of an answer. Every other outcome is thrown as a ModfleetError; an abort stays what it is. */
export async function unwrap<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await answered(asked);
  // An empty body is the data of a 204.
  if (!response.ok) throw errorOf(response, error);
  return present(data);
}

/** An answer of whatever status; a line that broke is a ModfleetError. */
export async function answered<Data>(asked: Promise<Answer<Data>>): Promise<Answer<Data>> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof Error && (cause.name === "AbortError" || cause.name === "TimeoutError")) throw cause;
    // What came is no JSON: a proxy's page.
    if (cause instanceof SyntaxError)
      throw new ModfleetError("unexpected_answer", "What answered is no gateway", { cause });
    throw new ModfleetError("unreachable", `The gateway cannot be reached: ${reasonOf(cause)}`, { cause });
  }
}

/** What fetch throws on Node says only "fetch failed"; the reason is its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause, message } = thrown;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

/** Holds because openapi-fetch leaves `data` out only beside a status that is not OK, or where its type allows nothing. */
function present<Data>(data: Data | undefined): Data {
  return data as Data;
}
