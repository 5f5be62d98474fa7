import { z } from "@hono/zod-openapi";
import { type AppError, ERROR_STATUS, type ErrorCode, type FieldFault } from "../domain/errors.ts";
import type { AppContext } from "./app-env.ts";
import { HEADERS } from "./responses.ts";

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

const STATUS = { ...ERROR_STATUS, precondition_failed: 412 } as const satisfies Record<ProblemCode, number>;

/** What a refusal with this code looks like. */
export const problemExample = (code: ProblemCode) => ({
  type: `urn:modfleet:problem:${code}`,
  title: TITLES[code],
  status: STATUS[code],
  code,
  detail: TITLES[code],
  instance: "/api/mods/2925604173",
  requestId: "req_0123456789abcdefghjk",
  errors: code === "bad_request" ? [{ field: "limit", rule: "Must be a whole number from 1 to 100" }] : [],
});

const FaultView = z.object({
  field: z.string().openapi({ description: "The parameter's name; empty for the whole body" }),
  rule: z.string(),
  allowed: z.array(z.string()).optional().openapi({ description: "All it could be, where that is a short list" }),
});

/** An RFC 9457 problem document. `code` is stable; `errors` names the parameters that are wrong. */
export const ProblemView = z
  .object({
    type: z.string().openapi({ description: "The code as a URN" }),
    title: z.string().openapi({ description: "The code in words" }),
    status: z.int().min(400).max(599),
    code: z.enum(codesOf(TITLES)).openapi({ description: "Stable: what programs should look at" }),
    detail: z.string().openapi({ description: "What happened here, for people" }),
    instance: z.string().openapi({ description: "The path that was asked for" }),
    requestId: z.string().openapi({ description: "As in the answer's X-Request-Id and in the gateway's log" }),
    errors: z.array(FaultView),
  })
  .openapi("Problem", { example: problemExample("not_found") });
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

type ProblemResponse = {
  description: string;
  headers?: typeof HEADERS.retryAfter;
  content: { [PROBLEM_TYPE]: { schema: typeof ProblemView; examples: Record<string, object> } };
};
type ProblemResponses<Code extends ProblemCode> = { [C in Code as (typeof STATUS)[C]]: ProblemResponse };

/** A problem with more members, for a contract; its handler may answer with `problem`. */
export function problemContent<Schema extends z.ZodType>(schema: Schema): Record<string, { schema: Schema }> {
  return { [PROBLEM_TYPE]: { schema } };
}

/** The refusals a route can answer with, for its contract: exactly those it throws. */
export function problems<Code extends ProblemCode>(...codes: Code[]): ProblemResponses<Code> {
  const byStatus = Map.groupBy(codes, (code) => STATUS[code]);
  const responses = [...byStatus].map(([status, all]) => [status, response(all)] as const);
  return statusesOf(Object.fromEntries(responses));
}

/** Refusals that pass by themselves say when. */
const PASSING: readonly ProblemCode[] = ["too_many_requests", "steam_unavailable", "not_ready", "disk_full"];

function response(codes: readonly ProblemCode[]): ProblemResponse {
  const description = codes.map((code) => `\`${code}\`: ${TITLES[code]}`).join("; ");
  const examples = Object.fromEntries(
    codes.map((code) => [code, { summary: TITLES[code], value: problemExample(code) }]),
  );
  const headers = codes.some((code) => PASSING.includes(code)) ? { headers: HEADERS.retryAfter } : {};
  return { description, ...headers, content: { [PROBLEM_TYPE]: { schema: ProblemView, examples } } };
}

/** Holds because the keys were made from the codes' own statuses; `fromEntries` forgets that. */
function statusesOf<Code extends ProblemCode>(responses: Record<string, ProblemResponse>): ProblemResponses<Code> {
  return responses as unknown as ProblemResponses<Code>;
}

/** Holds because `keys` gives a literal's own keys; its type forgets that. */
function codesOf<Table extends Record<string, string>>(table: Table): (keyof Table & string)[] {
  return Object.keys(table);
}
