import { z } from "zod";
import { RTorrentError } from "./rtorrent-error.ts";
import type { XmlRpcValue } from "./xml-rpc.ts";

/** Some builds and proxies hand 64-bit integers on as strings. */
export const Whole = z.coerce.number().int();
export const Flag = Whole.transform((value) => value !== 0);
export const Hash = z
  .string()
  .regex(/^[0-9A-Fa-f]{40}$/)
  .toUpperCase();

/** Each property with the command that answers it, its argument behind `=`, and the rule for the answer. */
export type Fields = Readonly<Record<string, readonly [command: string, rule: z.ZodType]>>;
export type ReadFields<F extends Fields> = { [Name in keyof F]: z.infer<F[Name][1]> };

export const commandsOf = (fields: Fields): string[] => Object.values(fields).map(([command]) => command);

/** Reads the answers to `commandsOf(fields)`. Throws `RTorrentError` when they are not what rTorrent answers. */
export function readFields<F extends Fields>(fields: F, answers: readonly XmlRpcValue[]): ReadFields<F> {
  const read = Object.entries(fields).map(([name, [command, rule]], index) => {
    const parsed = rule.safeParse(answers[index]);
    if (!parsed.success) throw new RTorrentError("nonsense", `rTorrent answered nonsense to ${command}`, parsed.error);
    return [name, parsed.data] as const;
  });
  return asRead<F>(Object.fromEntries(read));
}

/** Every property of the fields is there and has passed its rule: the loop above runs over all of them. */
function asRead<F extends Fields>(read: Record<string, unknown>): ReadFields<F> {
  return read as ReadFields<F>;
}
