import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { html } from "hono/html";
import { AppError } from "../../domain/errors.ts";
import type { Api } from "../api.ts";
import { cachedText } from "../cached-json.ts";
import { PAGE_POLICY } from "../security-headers.ts";

const FILES = { "swagger-ui.css": "text/css; charset=utf-8", "swagger-ui-bundle.js": "text/javascript; charset=utf-8" };
const HOUR_SECONDS = 3_600;

const START = `
document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#viewer", deepLinking: true, validatorUrl: null });
`;

const PAGE = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>Modfleet API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css" />
</head>
<body>
<noscript><p>The viewer needs JavaScript. The contract itself does not: <a href="/openapi.json">openapi.json</a></p></noscript>
<div id="viewer"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>`;

/** The viewer of the API's contract. Its files come from the npm package and are served here: no other host is asked. */
export function docs(api: Api): void {
  // PyTorrent had two viewers.
  for (const path of ["/docs", "/redoc"]) {
    api.get(path, async () => {
      const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": PAGE_POLICY };
      return new Response(String(await PAGE), { headers });
    });
  }
  api.get("/docs/start.js", (c) =>
    cachedText(c, { text: START, type: "text/javascript; charset=utf-8", maxAgeSeconds: HOUR_SECONDS }),
  );
  for (const [file, type] of Object.entries(FILES)) {
    let text: Promise<string> | null = null;
    api.get(`/docs/${file}`, async (c) => {
      text ??= readViewerFile(file);
      return cachedText(c, { text: await text, type, maxAgeSeconds: HOUR_SECONDS });
    });
  }
}

async function readViewerFile(file: string): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  try {
    return await readFile(resolve(`swagger-ui-dist/${file}`), "utf8");
  } catch (cause) {
    throw new AppError("not_found", "The viewer is not installed: see /openapi.json", { cause });
  }
}
