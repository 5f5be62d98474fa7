import type { FailureCode, SourceKind } from "@modfleet/protocol";
import { html } from "hono/html";
import type { Deps } from "../../deps.ts";
import { canDo } from "../../domain/dispatch.ts";
import { type JobView, toJobView } from "../api/job-view.ts";
import { archiveAddresses } from "../api/mod-view.ts";
import type { Api } from "../api.ts";
import { JobId } from "../fields.ts";
import type { FailureTexts } from "./failure-texts.ts";
import { type Markup, page, textsOf } from "./layout.ts";
import type { Texts } from "./texts.ts";

/** Short enough to feel live, long enough to read a line. */
const REFRESH_SECONDS = 3;

/** A page that follows one job without any script. */
export function jobPage(api: Api, { jobs, catalogue, fleet }: Pick<Deps, "jobs" | "catalogue" | "fleet">): void {
  api.get("/jobs/:id", async (c) => {
    const texts = textsOf(c);
    const id = JobId.safeParse(c.req.param("id"));
    const job = id.success ? await jobs.find(id.data) : null;
    if (job === null) return page({ texts, title: texts.title, body: nothing(texts), status: 404 });

    const [mod, place] = await Promise.all([catalogue.findMod(job.mod), jobs.place(job.id)]);
    const view = toJobView(job, place);
    const name = mod?.name ?? job.mod;
    const title = view.finishedAt === null ? texts.jobOf(name) : name;
    const follow = view.finishedAt === null ? { refreshSeconds: REFRESH_SECONDS } : {};
    const canStart = fleet.connected().some((agent) => canDo(agent, job));
    const trouble = job.failure === null ? null : texts.failures[job.failure.code];
    const shown = { job: view, kind: job.source.kind, canStart, trouble };
    return page({ texts, title, body: body(texts, title, shown), ...follow });
  });
}

type Shown = { job: JobView; kind: SourceKind; canStart: boolean; trouble: FailureTexts[FailureCode] | null };

function body(texts: Texts, title: string, { job, kind, canStart, trouble }: Shown): Markup {
  const archive =
    job.archive &&
    html`<p><a class="button" href="${job.archive.url}">${texts.download}</a>
<a href="${archiveAddresses(job.mod, job.version).torrent}">${texts.torrent}</a></p>`;
  return html`<h1>${title}</h1>
<div class="card" role="status">
<p><strong>${progressText(texts, job, kind)}</strong></p>
${job.place === null ? "" : html`<p>${canStart ? texts.place(job.place) : texts.nobody}</p>`}
${progress(job)}
${failure(texts, job, trouble)}
${archive ?? ""}
</div>
<p><a href="/?lang=${texts.lang}">${texts.again}</a> · <a href="/api/jobs/${job.id}">JSON</a></p>`;
}

function progressText(texts: Texts, { state, stage }: JobView, kind: SourceKind): string {
  if (stage === null) return texts.states[state];
  return stage === "downloading" && kind !== "workshop" ? texts.downloadingElsewhere : texts.stages[stage];
}

function progress(job: JobView): Markup | "" {
  if (job.finishedAt !== null) return "";
  if (job.stage === null || job.total === null || job.total === 0) return html`<progress></progress>`;
  const { bytes, total } = job;
  return html`<progress max="${total}" value="${Math.min(bytes, total)}"></progress>
<p class="quiet">${megabytes(bytes)} / ${megabytes(total)} MB</p>`;
}

function failure(texts: Texts, job: JobView, trouble: Shown["trouble"]): Markup | "" {
  if (trouble === null || job.state === "done") return "";
  const { message, advice } = trouble;
  const retryAt = job.failure?.retryAt;
  const next = job.finishedAt === null ? texts.willRetry : `${advice}.`;
  const later = job.finishedAt === null || retryAt === undefined ? "" : texts.retryAt(readableTime(retryAt));
  return html`<p class="refused">${message}. ${next} ${later}</p>`;
}

/** `2026-11-21 15:30 UTC`: the same for everybody, since nobody's time zone is known. */
function readableTime(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

function nothing(texts: Texts): Markup {
  return html`<h1>${texts.title}</h1>
<p class="refused">${texts.noJob}</p>
<p><a href="/?lang=${texts.lang}">${texts.again}</a></p>`;
}
