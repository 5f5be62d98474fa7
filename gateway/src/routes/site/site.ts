import type { requestSource } from "../../actions/request-source.ts";
import type { Api } from "../api.ts";
import { cachedText } from "../cached-json.ts";
import { docs } from "./docs.ts";
import { jobPage } from "./job-page.ts";
import { landing } from "./landing.ts";
import { STYLE } from "./style.ts";

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#1b6e53"/>
<path d="M4 12V4l4 5 4-5v8" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/></svg>`;

/** The pages for people. */
export function site(api: Api, deps: Parameters<typeof requestSource>[0]): void {
  landing(api, deps);
  jobPage(api, deps);
  docs(api);
  // Browsers ask for it by themselves on every page.
  api.get("/favicon.ico", (c) => cachedText(c, { text: ICON, type: "image/svg+xml", maxAgeSeconds: 86_400 }));
  api.get("/site.css", (c) => cachedText(c, { text: STYLE, type: "text/css; charset=utf-8", maxAgeSeconds: 3_600 }));
}
