import type { FilterValue } from "../../store/shelf.ts";
import type { Asked } from "./door.ts";
import { parseList } from "./python-list.ts";
import { parseBoolean, parseInteger } from "./python-values.ts";
import { reply } from "./reply.ts";

export type ParamFault = { loc: readonly ["path" | "query", string]; msg: string; type: string };

const NOT_AN_INTEGER = { msg: "value is not a valid integer", type: "type_error.integer" };
const NOT_A_BOOLEAN = { msg: "value could not be parsed to a boolean", type: "type_error.bool" };

/**
 * Reads parameters as FastAPI did. Ask in the order of the original's signature, the path first: the refusal lists all
 * faults in that order. What a faulty parameter reads as does not matter, because the refusal comes before any use.
 */
export type ParamReader = {
  /** The `index`th parameter of the path. */
  pathInteger(name: string, index?: number): bigint;
  integer(name: string, otherwise: bigint): bigint;
  boolean(name: string, otherwise: boolean): boolean;
  text(name: string, otherwise: string): string;
  list(name: string): readonly FilterValue[];
  /** A parameter of another kind; `null` from `parse` is a fault. */
  other<Value>(name: string, otherwise: Value, read: ParamKind<Value>): Value;
  /** 422 with everything that was wrong, null when nothing was. */
  refusal(): Response | null;
};

export type ParamKind<Value> = { parse: (text: string) => Value | null; msg: string; type: string };

const INTEGER: ParamKind<bigint> = { parse: parseInteger, ...NOT_AN_INTEGER };
const BOOLEAN: ParamKind<boolean> = { parse: parseBoolean, ...NOT_A_BOOLEAN };

export function readParams({ params, query }: Pick<Asked, "params" | "query">): ParamReader {
  const faults: ParamFault[] = [];
  const other = <Value>(name: string, otherwise: Value, { parse, msg, type }: ParamKind<Value>): Value => {
    const text = query.get(name);
    if (text === undefined) return otherwise;
    const value = parse(text);
    if (value === null) faults.push({ loc: ["query", name], msg, type });
    return value ?? otherwise;
  };

  return {
    pathInteger(name, index = 0) {
      const value = parseInteger(params[index] ?? "");
      if (value === null) faults.push({ loc: ["path", name], ...NOT_AN_INTEGER });
      return value ?? 0n;
    },
    integer: (name, otherwise) => other(name, otherwise, INTEGER),
    boolean: (name, otherwise) => other(name, otherwise, BOOLEAN),
    text: (name, otherwise) => query.get(name) ?? otherwise,
    list: (name) => parseList(query.get(name)),
    other,
    refusal: () => (faults.length === 0 ? null : reply(422, { detail: faults })),
  };
}
