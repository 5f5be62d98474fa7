/** One vocabulary of refusals: a code without a status does not compile. */
export const ERROR_STATUS = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  stale_epoch: 410,
  body_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  unprocessable: 422,
  too_many_requests: 429,
  internal: 500,
  steam_unavailable: 503,
  not_ready: 503,
  disk_full: 507,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** What is wrong with one parameter: its name, the rule, and the allowed values where they can be listed. */
export type FieldFault = { field: string; rule: string; allowed?: readonly string[] };

type Internal = {
  cause?: unknown;
  detail?: Record<string, unknown>;
  fields?: readonly FieldFault[];
  retryAfterSeconds?: number;
};

/** Two voices: `message` and `fields` are safe to show a stranger; `detail` and `cause` are for the log only. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: Record<string, unknown>;
  readonly fields: readonly FieldFault[];
  readonly retryAfterSeconds: number | null;

  constructor(code: ErrorCode, publicMessage: string, internal: Internal = {}) {
    super(publicMessage, { cause: internal.cause });
    this.name = "AppError";
    this.code = code;
    this.detail = internal.detail ?? {};
    this.fields = internal.fields ?? [];
    this.retryAfterSeconds = internal.retryAfterSeconds ?? null;
  }
}
