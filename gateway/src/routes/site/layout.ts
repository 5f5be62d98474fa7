import { html } from "hono/html";
import type { AppContext } from "../app-env.ts";
import { PAGE_POLICY } from "../security-headers.ts";
import { type Texts, textsFor } from "./texts.ts";

export type Markup = ReturnType<typeof html>;

export type Page = {
  texts: Texts;
  title: string;
  body: Markup;
  /** Loads itself again after so many seconds, because pages have no script. */
  refreshSeconds?: number;
  status?: number;
};

/** The texts in the language of whoever reads. */
export function textsOf(c: AppContext): Texts {
  return textsFor(c.req.query("lang"), c.req.header("accept-language"));
}

/** A whole page. It says what its reader may load and that its language depends on the reader. */
export async function page({ texts, title, body, refreshSeconds, status = 200 }: Page): Promise<Response> {
  const refresh = refreshSeconds === undefined ? "" : html`<meta http-equiv="refresh" content="${refreshSeconds}" />`;
  const document = html`<!doctype html>
<html lang="${texts.lang}">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
${refresh}
<title>${title}</title>
<link rel="stylesheet" href="/site.css" />
</head>
<body>
<main>${body}</main>
</body>
</html>`;
  return new Response(String(await document), {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": PAGE_POLICY,
      "cache-control": "no-store",
      vary: "Accept-Language",
    },
  });
}
