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
  // In the order in which a reader meets them.
  tags: [
    { name: "mods", description: "What is in the library, and its archives" },
    { name: "jobs", description: "Asking for what is not here yet, and watching it come" },
    { name: "library", description: "What happens in the library and who works for it" },
    { name: "pytorrent", description: "PyTorrent's paths and answers, word for word" },
    { name: "operation", description: "For those who run it" },
    { name: "agents", description: "For the agents' own use" },
  ],
};

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
