import type { Api } from "./api.ts";
import { cachedText } from "./cached-json.ts";

const ABOUT = {
  openapi: "3.1.0",
  info: {
    title: "Modfleet",
    version: "1",
    description:
      "A mod library that fetches on demand. Ids are strings, times ISO-8601 in UTC, errors RFC 9457 problem documents with a stable `code`.",
    license: { name: "MIT", identifier: "MIT" },
  },
} as const;

/** The contract of every route added so far, as the text of an OpenAPI 3.1 document. */
export function openApiText(api: Api): string {
  const text = JSON.stringify(api.getOpenAPI31Document(ABOUT));
  // The router's way to say "slashes included" is not OpenAPI's.
  return text.replaceAll("{path{.+}}", "{path}");
}

/** `GET /openapi.json`. Add it last. */
export function openApi(api: Api): void {
  let text: string | null = null;
  api.get("/openapi.json", (c) => {
    text ??= openApiText(api);
    return cachedText(c, { text, type: "application/json", maxAgeSeconds: 60 });
  });
}
