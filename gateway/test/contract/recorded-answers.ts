import { owed } from "../pytorrent/departures.ts";
import { recordedCases } from "../pytorrent/recorded.ts";
import type { Answered } from "./contract.ts";

/** The recorded answers of both of PyTorrent's interfaces that belong to an operation, as we owe them. */
export function recordedAnswers(): Answered[] {
  const second = recordedCases(2)
    .map(owed)
    .filter(({ isAnyBody }) => !isAnyBody);
  const first = recordedCases(1).map((recorded) => ({
    ...recorded,
    request: { ...recorded.request, target: `/v1${recorded.request.target}` },
  }));
  return [...second, ...first].flatMap(({ request, status, headers, body }) => {
    const path = decodeURI(request.target.split("?")[0] ?? "");
    const isOperation = /^\/(v1\/)?(download|list|info|condition|statistics)\/./.test(path);
    // Redirects, wrong methods, unknown paths and faults belong to no operation; files have no recorded body.
    if (!isOperation || request.method !== "GET" || status === 307 || status >= 500 || isUnknown(body)) return [];
    const isText = headers["content-type"] === "application/json" && body === undefined;
    if (isText) return [];
    const bytes = body == null ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body));
    const given = new Headers(headers);
    if (!given.has("content-type")) given.set("content-type", body == null ? "application/zip" : "application/json");
    return [{ method: "GET", path, status, headers: given, body: bytes, isAbridged: true }];
  });
}

function isUnknown(body: unknown): boolean {
  return JSON.stringify(body) === '{"detail":"Not Found"}';
}
