import type { Config } from "../config.ts";
import type { AppContext } from "./app-env.ts";

/**
 * What absolute links begin with: the configured origin, or else the one that the request came to. Behind a proxy that
 * speaks TLS, the proxy says so.
 */
export function originOf(c: AppContext, { publicUrl }: Pick<Config, "publicUrl">): string {
  if (publicUrl !== null) return publicUrl;
  const { protocol, host } = new URL(c.req.url);
  const isSecure = c.req.header("x-forwarded-proto")?.split(",")[0]?.trim() === "https";
  return `${isSecure ? "https:" : protocol}//${host}`;
}
