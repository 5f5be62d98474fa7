import { registerLink } from "./agent/link-contract.ts";
import type { Api } from "./api.ts";
import { cachedText } from "./cached-json.ts";

const ABOUT = {
  openapi: "3.1.0",
  info: {
    title: "Modfleet",
    version: "1",
    description:
      "A mod library that fetches on demand. Ids are strings, times ISO-8601 in UTC, errors RFC 9457 problem documents with a " +
      "stable `code`. Every GET answers HEAD as well, which knows no Range. A fault of ours is a 500 with the code `internal`; it is never meant " +
      "to be, so it stands at no operation. PyTorrent's paths keep PyTorrent's form instead.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/", description: "The library that serves this document" }],
  // Nothing asks who you are but the agents' uploads.
  security: [],
  // By audience, in the order in which a reader meets them.
  tags: [
    {
      name: "scripts",
      description: "For players and those who write for them: the catalogue, its archives, and asking for more",
    },
    { name: "pytorrent", description: "For users of PyTorrent: its paths and answers, word for word" },
    { name: "pytorrent-v1", description: "For users of PyTorrent's first interface" },
    {
      name: "agents",
      description: "For volunteers' agents; their socket `/agent/v1/link` speaks the protocol of its own",
    },
    { name: "operators", description: "For those who run it" },
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
  registerLink(api);
  let text: string | null = null;
  api.get("/openapi.json", (c) => {
    text ??= openApiText(api);
    return cachedText(c, { text, type: "application/json", maxAgeSeconds: 60 });
  });
}
