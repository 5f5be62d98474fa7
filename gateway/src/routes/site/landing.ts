import { html } from "hono/html";
import { requestMod } from "../../actions/request-mod.ts";
import { requestSource } from "../../actions/request-source.ts";
import type { Requested } from "../../actions/requested.ts";
import { AppError } from "../../domain/errors.ts";
import type { Api } from "../api.ts";
import type { AppContext } from "../app-env.ts";
import { requesterOf } from "../requester.ts";
import { type Markup, page, textsOf } from "./layout.ts";
import type { Refusal, Texts } from "./texts.ts";
import { type Wanted, wantedFrom } from "./wanted.ts";

type LandingDeps = Parameters<typeof requestSource>[0];

const STATUS = {
  not_an_item: 400,
  not_for_agents: 400,
  not_found: 404,
  is_collection: 422,
  too_many: 429,
  not_ready: 503,
  steam_unavailable: 503,
} as const satisfies Record<Refusal, number>;

/** The front page and its form. The form leads to the job's page, or to the archive when it is here. */
export function landing(api: Api, deps: LandingDeps): void {
  api.get("/", (c) => {
    const texts = textsOf(c);
    return page({ texts, title: texts.title, body: form(texts, { given: "" }) });
  });

  api.post("/", async (c) => {
    // Whatever the body is, it is text; a form of another kind has no item.
    const given = new URLSearchParams(await c.req.text()).get("item") ?? "";
    const wanted = wantedFrom(given);
    if (wanted === null) return refused(c, "not_an_item", given);
    const answer = await request(deps, wanted, requesterOf(c));
    if (typeof answer === "string") return refused(c, answer, given);
    switch (answer.kind) {
      case "ready":
        return c.redirect(`/api/mods/${answer.mod.id}/archive`, 303);
      case "queued":
      case "failed":
        return c.redirect(`/jobs/${answer.job.id}?lang=${textsOf(c).lang}`, 303);
      default:
        return refused(c, answer.kind, given);
    }
  });
}

async function request(deps: LandingDeps, wanted: Wanted, requester: string): Promise<Requested | Refusal> {
  if (wanted.kind === "item") return requestMod(deps, { id: wanted.id, requester });
  try {
    return await requestSource(deps, { source: wanted.source, requester });
  } catch (error) {
    if (error instanceof AppError && error.code === "bad_request") return "not_for_agents";
    if (error instanceof AppError && error.code === "too_many_requests") return "too_many";
    throw error;
  }
}

function refused(c: AppContext, why: Refusal, given: string): Promise<Response> {
  const texts = textsOf(c);
  const body = form(texts, { given: given.slice(0, 8_192), refusal: texts.refusals[why] });
  return page({ texts, title: texts.title, body, status: STATUS[why] });
}

function form(texts: Texts, { given, refusal }: { given: string; refusal?: string }): Markup {
  return html`<h1>${texts.title}</h1>
<p>${texts.what}</p>
<form class="card" method="post" action="/?lang=${texts.lang}">
<label for="item">${texts.label}</label>
<input id="item" name="item" required autofocus autocomplete="off" inputmode="url" maxlength="8192" value="${given}"
 aria-describedby="hint" />
<p class="quiet" id="hint">${texts.hint}</p>
${refusal === undefined ? "" : html`<p class="refused" role="alert">${refusal}</p>`}
<button>${texts.button}</button>
</form>
<p class="quiet">${texts.scripts} <code>GET /download/steam/2925604173</code> · <a href="/docs">${texts.docs}</a></p>
<footer><a href="/?lang=${texts.otherLanguage.lang}" lang="${texts.otherLanguage.lang}"
 hreflang="${texts.otherLanguage.lang}">${texts.otherLanguage.name}</a></footer>`;
}
