import { destination, pino, stdSerializers, stdTimeFunctions } from "pino";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Record<string, unknown>;

/** One JSON line per call. Errors among the fields are written with their causes; secrets stay `[secret]`. */
export type Log = Record<LogLevel, (message: string, fields?: LogFields) => void>;

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
  return {
    debug: (message, fields = {}) => root.debug(plain(fields), message),
    info: (message, fields = {}) => root.info(plain(fields), message),
    warn: (message, fields = {}) => root.warn(plain(fields), message),
    error: (message, fields = {}) => root.error(plain(fields), message),
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
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
