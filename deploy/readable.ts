import { z } from "zod";

const Line = z.looseObject({ level: z.string(), time: z.string(), message: z.string() });

/** One JSON log line as a line for a person: time, who, what, then the fields. Anything else passes as it is. */
export function readable(who: string, text: string): string {
  const line = parse(text);
  if (line === null) return `${"".padEnd(8)} ${who.padEnd(7)} ${text}`;
  const { level, time, message, ...fields } = line;
  const mark = level === "info" || level === "debug" ? "" : `${level.toUpperCase()} `;
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${show(value)}`);
  return `${new Date(time).toTimeString().slice(0, 8)} ${who.padEnd(7)} ${mark}${message}${rest.join("")}`;
}

function parse(text: string): z.infer<typeof Line> | null {
  try {
    return Line.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function show(value: unknown): string {
  if (typeof value === "string") return /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
  const cause = z.looseObject({ message: z.string() }).safeParse(value).data;
  return cause === undefined ? JSON.stringify(value) : JSON.stringify(cause.message);
}
