import { HTTPException } from "hono/http-exception";
import { AppError, type ErrorCode } from "../domain/errors.ts";
import { isOutOfSpace } from "../store/database.ts";
import type { AppContext } from "./app-env.ts";
import { refusal } from "./problem.ts";

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "bad_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  413: "body_too_large",
  415: "unsupported_media_type",
};

/** The last stop of everything thrown: refusals speak, faults of ours say one sentence and are logged with their cause. */
export function onError(error: Error, c: AppContext): Response {
  const refused = toAppError(error);
  if (refused !== null) {
    c.get("log").debug("Refused", { code: refused.code, detail: refused.detail, error: refused });
    return refusal(c, refused);
  }
  c.get("log").error("Could not answer", { error });
  const id = c.get("requestId");
  return refusal(c, new AppError("internal", `Something went wrong on our side; the log knows it as ${id}`));
}

function toAppError(error: Error): AppError | null {
  if (error instanceof AppError) return error;
  if (isOutOfSpace(error))
    return new AppError("disk_full", "The library's disk is full", { cause: error, retryAfterSeconds: 600 });
  if (!(error instanceof HTTPException)) return null;
  const code = CODE_OF_STATUS[error.status];
  return code === undefined ? null : new AppError(code, sentence(code, error), { cause: error });
}

function sentence(code: ErrorCode, error: HTTPException): string {
  if (code === "unsupported_media_type") return "Send the body as application/json";
  return error.message || "The request was refused";
}
