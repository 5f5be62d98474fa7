import { createHash } from "node:crypto";
import { networkOf } from "../domain/network.ts";
import { type AppContext, addressOf } from "./app-env.ts";

/** Who asks, for fairness between requesters and for cancelling: a hash of the household's address, never the address. */
export function requesterOf(c: AppContext): string {
  const address = addressOf(c);
  return createHash("sha256")
    .update(`requester ${networkOf(address) ?? address}`)
    .digest("base64url")
    .slice(0, 22);
}
