import { type RouteConfig, z } from "@hono/zod-openapi";
import { PROBLEM_TYPE, ProblemView, problems } from "../problem.ts";
import { downloadable, HEADERS, json } from "../responses.ts";
import { Answer, DownloadAnswer, Invalid } from "./contract-views.ts";

/** What the contract says of one of PyTorrent's paths; all of them are GET. */
export type PathContract = Pick<
  RouteConfig,
  "path" | "operationId" | "summary" | "description" | "request" | "responses"
>;

/** A refusal in PyTorrent's form. */
export const refused = (description: string) => ({ description, content: json(Answer) });
export const invalid = (description: string) => ({ description, content: json(Invalid) });

const Zip = z.string().openapi({ format: "binary" });
const problem = (description: string) => ({ description, content: { [PROBLEM_TYPE]: { schema: ProblemView } } });

const whole = downloadable("The archive", Zip);
/** Python knew no type for names such as `...`, and then it said that the archive was a text. */
const content = { ...whole[200].content, "text/plain": { schema: Zip } };

/** Where a file may come: with everything HTTP can do about it, and our own form where PyTorrent had none. */
export const FILE = {
  ...whole,
  200: { ...whole[200], content },
  206: { ...whole[206], content },
  412: problem("`precondition_failed`: it is another archive than you expected"),
  416: problem("`range_not_satisfiable`: the archive has fewer bytes"),
  422: invalid("The id is not an integer"),
};

/** Asking for what is not here writes a row. */
export const ASKING = problems("disk_full");

export const COMING = {
  description: "It is on its way; PyTorrent sent a final 102 here for all but the first request",
  headers: { ...HEADERS.location, ...HEADERS.retryAfter },
  content: json(DownloadAnswer),
};

export const NOT_TO_BE_HAD = { description: "Not to be had", content: json(DownloadAnswer) };

export const id = (description: string, example: number) =>
  z.string().openapi({ type: "integer", description, example });
export const number = (description: string, limits: { default?: number; minimum?: number; maximum?: number }) =>
  z
    .string()
    .optional()
    .openapi({ type: "integer", description, ...limits });
/** A JSON list in a query; anything else is no filter. */
export const list = (description: string, example: string) =>
  z
    .string()
    .optional()
    .openapi({ description: `${description} A JSON list; anything else filters nothing`, example });
