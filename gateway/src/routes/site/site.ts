import type { requestMod } from "../../actions/request-mod.ts";
import type { Api } from "../api.ts";
import { cachedText } from "../cached-json.ts";
import { docs } from "./docs.ts";
import { jobPage } from "./job-page.ts";
import { landing } from "./landing.ts";
import { STYLE } from "./style.ts";

/** The pages for people. */
export function site(api: Api, deps: Parameters<typeof requestMod>[0]): void {
  landing(api, deps);
  jobPage(api, deps);
  docs(api);
  api.get("/site.css", (c) => cachedText(c, { text: STYLE, type: "text/css; charset=utf-8", maxAgeSeconds: 3_600 }));
}
