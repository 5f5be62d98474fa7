/** An answer in RestTorrent's form; HTTP puts it into a body, Socket.IO adds `t_id`. */
export type Answer =
  | ({ status: "success" } & Readonly<Record<string, unknown>>)
  | { status: "fail"; error: { code: string; message: string }; message?: string };

/** What came with a request, by name, whatever carried it: text, numbers, booleans, lists, and bytes for an uploaded file. */
export type Parameters = Readonly<Record<string, unknown>>;

/** RestTorrent's commands behind both of its doors. Never throws for what a client, a disk or a peer may do. */
export interface RestTorrent {
  /** `command` is one of those of Socket.IO: `create_session`, `upload_torrent` …; an unknown one is `command.unknown`. */
  execute(command: string, parameters: Parameters, signal: AbortSignal): Promise<Answer>;
  /** Ends every session; those that are kept are back at the next start. */
  close(): Promise<void>;
}

export const fail = (code: string, message: string): Answer => ({ status: "fail", error: { code, message } });

/** Why a command is refused. A code does not change once it was told; `message` says what to do. */
export type FailCode =
  | "session.notfound"
  | "session.bind"
  | "session.limit"
  | "torrent.notfound"
  | "torrent.limit"
  | "upload.target.selectone"
  | "upload.notsupported"
  | "upload.invalid"
  | "upload.unreachable"
  /** Outside of the downloads folder. The space is the original's. */
  | "access denied"
  | "parameter.missing"
  | "parameter.invalid"
  | "command.unknown"
  | "disk.failed"
  /** Took too long, or the agent stops. */
  | "agent.busy"
  | "agent.failed";

/** A refusal on its way to the client. */
export class RestError extends Error {
  readonly code: FailCode;

  constructor(code: FailCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "RestError";
    this.code = code;
  }
}
