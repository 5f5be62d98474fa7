import { OpenAPIHono, z } from "@hono/zod-openapi";
import { AppError, type FieldFault } from "../domain/errors.ts";
import type { AppEnv } from "./app-env.ts";

/** The application that routes are added to. Whatever does not fit a route's contract is a 400 that names the field. */
export type Api = OpenAPIHono<AppEnv>;

/** An empty application. Routes are matched with their slashes as they are written. */
export function createApi(): Api {
  return new OpenAPIHono<AppEnv>({
    strict: true,
    defaultHook: (result) => {
      if (!result.success) throw badRequest(result.error);
    },
  });
}

/** The refusal of an input that zod did not take: one sentence, and each fault with its field, rule and allowed values. */
export function badRequest(error: z.core.$ZodError): AppError {
  const fields = error.issues.flatMap(toFaults);
  const [first] = fields;
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : "";
  return new AppError("bad_request", `${first?.field || "The body"}: ${first?.rule ?? "is not right"}${more}`, {
    fields,
  });
}

function toFaults(issue: z.core.$ZodIssue): FieldFault[] {
  const field = issue.path.join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: [...issue.path, key].join("."), rule: "Is not known here" }));
  return [{ field, rule: issue.message, ...allowedOf(issue) }];
}

function allowedOf(issue: z.core.$ZodIssue): { allowed?: readonly string[] } {
  if (issue.code === "invalid_value") return { allowed: issue.values.map(String) };
  if (issue.code === "invalid_union" && "options" in issue) return { allowed: (issue.options ?? []).map(String) };
  const allowed: unknown = issue.code === "custom" ? issue.params?.["allowed"] : undefined;
  return Array.isArray(allowed) ? { allowed: allowed.map(String) } : {};
}

/** An object with exactly these fields; an unknown one is refused by a fault that lists the known ones. */
export function only<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  const known = Object.keys(shape);
  const refuseUnknown = (value: object, ctx: z.core.$RefinementCtx): void => {
    for (const field of Object.keys(value).filter((name) => !known.includes(name))) {
      const message = known.length === 0 ? "Is not known here: nothing can be given" : "Is not known here";
      ctx.addIssue({ code: "custom", path: [field], message, params: { allowed: known } });
    }
  };
  // `when`: also beside other faults, so that one answer names all of them.
  const schema = z
    .looseObject(shape)
    .superRefine(refuseUnknown, { when: ({ value }) => typeof value === "object" && value !== null });
  return withoutUnknown(schema);
}

/** Holds because the refinement above refuses every field that is not in `Shape`. */
function withoutUnknown<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape, z.core.$loose>): z.ZodObject<Shape> {
  return schema as unknown as z.ZodObject<Shape>;
}

/** The query of routes that take none. */
export const NoQuery = only({});
