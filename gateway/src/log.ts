import { destination, pino, stdSerializers, stdTimeFunctions } from "pino";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Record<string, unknown>;

/** One JSON line per call. Errors among the fields are written with their causes; secrets stay `[secret]`. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds `fields` to every line. */
  with(fields: LogFields): Log;
}

type Options = {
  level: LogLevel;
  /** Takes one line with its line feed; stderr when absent. */
  write?: (line: string) => void;
};

/** A log of JSON lines, on stderr unless `write` says otherwise. */
export function createLog({ level, write }: Options): Log {
  const target = write === undefined ? destination({ dest: 2, sync: true }) : { write };
  const root = pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    target,
  );
  return logOf(root);
}

type Sink = Record<LogLevel, (fields: LogFields, message: string) => void> & { child(fields: LogFields): Sink };

function logOf(sink: Sink): Log {
  return {
    debug: (message, fields = {}) => sink.debug(plain(fields), message),
    info: (message, fields = {}) => sink.info(plain(fields), message),
    warn: (message, fields = {}) => sink.warn(plain(fields), message),
    error: (message, fields = {}) => sink.error(plain(fields), message),
    with: (fields) => logOf(sink.child(plain(fields))),
  };
}

function plain(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? stdSerializers.errWithCause(value) : value,
    ]),
  );
}

/** Says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, with: () => silentLog };
