import { z } from "@hono/zod-openapi";
import { type AppError, ERROR_STATUS, type ErrorCode, type FieldFault } from "../domain/errors.ts";
import type { AppContext } from "./app-env.ts";

const TITLES = {
  bad_request: "The request is malformed",
  unauthorized: "Credentials are missing or wrong",
  forbidden: "This is not allowed",
  not_found: "There is no such thing here",
  method_not_allowed: "This method is not possible here",
  conflict: "The present state does not allow this",
  stale_epoch: "This try of the job is over",
  precondition_failed: "A precondition is not met",
  body_too_large: "The body is too large",
  unsupported_media_type: "The content type is not understood",
  range_not_satisfiable: "The range lies outside the file",
  unprocessable: "The request cannot be carried out",
  too_many_requests: "Too many requests",
  internal: "Something went wrong on our side",
  steam_unavailable: "Steam cannot be reached",
  not_ready: "Nobody is ready to do this now",
  disk_full: "The library is full",
} as const satisfies Record<ErrorCode, string> & Record<string, string>;

export type ProblemCode = keyof typeof TITLES;

/** An RFC 9457 problem document. `code` is stable; `errors` names the parameters that are wrong. */
export const ProblemView = z
  .object({
    type: z.string().openapi({ example: "urn:modfleet:problem:not_found" }),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.string().openapi({ example: "not_found" }),
    detail: z.string(),
    instance: z.string().optional(),
    requestId: z.string(),
    errors: z.array(z.object({ field: z.string(), rule: z.string(), allowed: z.array(z.string()).optional() })),
  })
  .openapi("Problem");
export type ProblemView = z.infer<typeof ProblemView>;

export const PROBLEM_TYPE = "application/problem+json";

export type Problem = {
  code: ProblemCode;
  status: number;
  detail: string;
  errors?: readonly FieldFault[];
  headers?: Readonly<Record<string, string>>;
  /** Members beyond RFC 9457's. */
  extra?: Readonly<Record<string, unknown>>;
};

/** An answer with a problem document. It is never cached: what was refused now may be right in a minute. */
export function problem(
  c: AppContext,
  { code, status, detail, errors = [], headers = {}, extra = {} }: Problem,
): Response {
  const view = {
    type: `urn:modfleet:problem:${code}`,
    title: TITLES[code],
    status,
    code,
    detail,
    instance: c.req.path,
    requestId: c.get("requestId"),
    errors,
    ...extra,
  };
  return new Response(JSON.stringify(view), {
    status,
    headers: { "content-type": PROBLEM_TYPE, "cache-control": "no-store", ...headers },
  });
}

/** The problem document of a refusal that a stranger may read. */
export function refusal(c: AppContext, error: AppError): Response {
  const { code, message, fields, retryAfterSeconds } = error;
  return problem(c, {
    code,
    status: ERROR_STATUS[code],
    detail: message,
    errors: fields,
    headers: retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) },
  });
}

type ProblemResponse = { description: string; content: { [PROBLEM_TYPE]: { schema: typeof ProblemView } } };
type ProblemResponses<Code extends ErrorCode> = { [C in Code as (typeof ERROR_STATUS)[C]]: ProblemResponse };

/** The refusals a route can answer with, for its contract: exactly those it throws. */
export function problems<Code extends ErrorCode>(...codes: Code[]): ProblemResponses<Code> {
  const byStatus = Map.groupBy(codes, (code) => ERROR_STATUS[code]);
  const responses = [...byStatus].map(([status, all]) => [status, response(all)] as const);
  return statusesOf(Object.fromEntries(responses));
}

function response(codes: readonly ErrorCode[]): ProblemResponse {
  const description = codes.map((code) => `\`${code}\`: ${TITLES[code]}`).join("; ");
  return { description, content: { [PROBLEM_TYPE]: { schema: ProblemView } } };
}

/** Holds because the keys were made from the codes' own statuses; `fromEntries` forgets that. */
function statusesOf<Code extends ErrorCode>(responses: Record<string, ProblemResponse>): ProblemResponses<Code> {
  return responses as unknown as ProblemResponses<Code>;
}
