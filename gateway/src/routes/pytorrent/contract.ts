import { z } from "@hono/zod-openapi";
import type { Api } from "../api.ts";

const Answer = z.object({ message: z.string(), error_id: z.int() }).openapi("PyTorrentAnswer");
const Queued = Answer.extend({ unsuccessful_attempts: z.boolean().optional(), updating: z.boolean().optional() });

const params = z.object({ mod_id: z.string().openapi({ example: "2925604173", description: "An integer" }) });
const json = (schema: z.ZodType) => ({ "application/json": { schema } });
const shared = {
  200: {
    description: "The archive",
    content: { "application/zip": { schema: z.string().openapi({ format: "binary" }) } },
  },
  202: { description: "On its way; `Location` is its job", content: json(Queued.openapi("PyTorrentQueued")) },
  206: { description: "The part that Range asked for" },
  304: { description: "You have it already" },
  404: { description: "Not to be had", content: json(Answer) },
  422: { description: "Not an integer", content: json(z.object({ detail: z.array(z.unknown()) })) },
} as const;

/** PyTorrent's paths in the contract. They are answered by a door of their own, so this only documents. */
export function registerPytorrent(api: Api): void {
  api.openAPIRegistry.registerPath({
    method: "get",
    path: "/download/steam/{mod_id}",
    operationId: "pytorrentDownloadSteam",
    tags: ["pytorrent"],
    summary: "Download a Workshop item, or ask for it (PyTorrent)",
    request: { params },
    responses: { ...shared, 503: { description: "Nobody could fetch it now", content: json(Answer) } },
  });
  api.openAPIRegistry.registerPath({
    method: "get",
    path: "/download/{mod_id}",
    operationId: "pytorrentDownload",
    tags: ["pytorrent"],
    summary: "Download a mod that is here (PyTorrent)",
    request: { params },
    responses: shared,
  });
}
