import createFetchClient, { type Client } from "openapi-fetch";
import type { paths } from "./generated/schema.ts";

/** `GET`, `POST`, … with every path, parameter and answer typed. */
export type Api = Client<paths>;

export type ApiOptions = {
  /** Where the library is, like `https://mods.example.org`; a path in it is kept. */
  baseUrl: string;
  /** Instead of the global one. */
  fetch?: (request: Request) => Promise<Response>;
  /** Sent as `Authorization: Bearer`. */
  token?: string;
};

export function createApi({ baseUrl, fetch, token }: ApiOptions): Api {
  return createFetchClient<paths>({
    baseUrl,
    ...(fetch === undefined ? {} : { fetch }),
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
}
