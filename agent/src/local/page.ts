import type { Status } from "../status.ts";
import { type Words, wordsFor } from "./words.ts";

/** Seconds between two looks; the page has no script. */
const REFRESH_SECONDS = 5;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: start; padding: .4rem .5rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
progress { width: 100%; } .state { font-weight: 600; }
th, td.stage { white-space: nowrap; overflow-wrap: normal; }
@media (max-width: 30rem) {
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; }
  table, tbody, tr, td { display: block; } tr.head { display: none; }
  tr { padding: .4rem 0; border-bottom: 1px solid #8884; } td { padding: .1rem 0; border: 0; }
}`;

/** What a browser says of itself: its languages, and by which name it came. */
type Reader = { "accept-language"?: string | undefined; host?: string | undefined };

/** What the agent does right now, in the reader's language, and where its other doors are. */
export function statusPage(status: Status, { "accept-language": languages, host = "localhost" }: Reader): string {
  const words = wordsFor(languages);
  return `<!doctype html>
<html lang="${words.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>Modfleet · ${escaped(status.name)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Modfleet</h1>
<p class="state">${escaped(headline(status, words))}</p>
<dl>${facts(status, words)}</dl>
<h2>${words.jobs}</h2>
${jobs(status, words)}
<h2>${words.doors}</h2>
<dl>${doors(host, words)}</dl>
</body>
</html>
`;
}

/** An agent that is connected and idle because its owner's limits keep it so must not look like one that waits. */
function headline({ state, work, limits }: Status, words: Words): string {
  if (state !== "connected" || work.closed === null) return words.states[state];
  const reason = words.reasons[work.closed];
  const { hours } = limits;
  const more = work.closed === "hours" && hours !== null ? ` (${hours.from}-${hours.to})` : "";
  return `${words.closedNow}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}${more}`;
}

/** Rows without a value are left out. */
function facts({ gateway, name, work, connectedSince, retryAt, lastEnd, versions }: Status, words: Words): string {
  const rows: [string, string | null][] = [
    [words.name, name],
    [words.gateway, gateway],
    [words.since, connectedSince],
    [words.retryAt, retryAt],
    [words.lastEnd, connectedSince === null && lastEnd !== null ? `${lastEnd.reason}: ${lastEnd.detail}` : null],
    [words.slots, `${work.free} / ${work.slots}`],
    [words.closed, work.closed === null ? null : words.reasons[work.closed]],
    [words.month, size(work.monthBytes)],
    [words.free, size(work.freeBytes)],
    [words.version, `${versions.agent} · Node ${versions.node}`],
  ];
  return list(rows.filter((row): row is [string, string] => row[1] !== null));
}

/** As the reader reaches them. */
function doors(host: string, words: Words): string {
  return list([
    [words.console, `ws://${host}/`],
    ["RestTorrent", `http://${host}/v1/sessions · Socket.IO ${words.event} v1`],
  ]);
}

function list(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([term, text]) => `<dt>${escaped(term)}</dt><dd>${escaped(text)}</dd>`).join("\n");
}

function jobs({ work }: Status, words: Words): string {
  if (work.jobs.length === 0) return `<p>${words.noJobs}</p>`;
  const rows = work.jobs.map(
    ({ source, stage, bytes, total }) =>
      `<tr><td>${escaped(nameOf(source))}</td><td class="stage">${words.stages[stage]}</td><td>${bar(bytes, total)}</td></tr>`,
  );
  return `<table><tr class="head"><th>${words.what}</th><th>${words.stage}</th><th>${words.progress}</th></tr>${rows.join("\n")}</table>`;
}

type JobSource = Status["work"]["jobs"][number]["source"];

function nameOf(source: JobSource): string {
  if (source.kind === "workshop") return `Steam ${source.app} · ${source.item}`;
  return source.kind === "http" ? source.url : (source.magnet ?? source.torrentUrl ?? "");
}

/** A bar only where the total is known. */
function bar(bytes: number, total: number | null): string {
  if (total === null || total === 0) return size(bytes);
  return `<progress max="${total}" value="${Math.min(bytes, total)}"></progress> ${size(bytes)} / ${size(total)}`;
}

function size(bytes: number): string {
  const exponent = Math.min(4, Math.max(0, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024))));
  const value = bytes / 1024 ** exponent;
  return `${value.toFixed(exponent === 0 ? 0 : 1)} ${["B", "KiB", "MiB", "GiB", "TiB"][exponent]}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
