import { randomInt } from "node:crypto";

/** `-LT0100-`, as the documented samples begin. */
const PREFIX = "-LT0100-";
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PEER_ID_BYTES = 20;

/** A new peer id (BEP 20), which is a session's id: 40 lower-case hexadecimal digits. */
export function newPeerId(): string {
  const rest = Array.from({ length: PEER_ID_BYTES - PREFIX.length }, () => LETTERS[randomInt(LETTERS.length)]);
  return Buffer.from(PREFIX + rest.join(""), "latin1").toString("hex");
}
