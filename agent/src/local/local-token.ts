import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "@modfleet/protocol";
import { replaceDurably } from "../durable-file.ts";

const TOKEN_BYTES = 32;
/** As `MODFLEET_LOCAL_TOKEN`. */
const TOKEN_LENGTH_MIN = 16;

/** Where the agent of this data folder keeps the token that it made. */
export const localTokenPath = (dataFolder: string): string => join(dataFolder, "local-token");

/** The token of this data folder, for its owner only; made when there is none. Throws when it is too short or cannot be kept. */
export function openLocalToken(dataFolder: string, randomBytes: (size: number) => Buffer): Secret {
  const path = localTokenPath(dataFolder);
  const kept = readLocalToken(dataFolder);
  if (kept !== null) {
    // It may have been copied here by hand.
    chmodSync(path, 0o600);
    return kept;
  }
  const made = randomBytes(TOKEN_BYTES).toString("base64url");
  replaceDurably(path, `${made}\n`);
  return new Secret(made);
}

/** The token that lies in this data folder, or null. Throws when the file cannot be read or is too short to be one. */
export function readLocalToken(dataFolder: string): Secret | null {
  const path = localTokenPath(dataFolder);
  const text = readIfThere(path).trim();
  if (text === "") return null;
  if (text.length >= TOKEN_LENGTH_MIN) return new Secret(text);
  throw new Error(
    `The token in ${path} has less than ${TOKEN_LENGTH_MIN} characters; remove the file to get a new one`,
  );
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
