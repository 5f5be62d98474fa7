import { z } from "@hono/zod-openapi";
import { HttpSource, TorrentSource, WorkshopSource } from "@modfleet/protocol";
import { only } from "../api.ts";

export const SOURCE_EXAMPLES = {
  file: {
    summary: "A file behind an address",
    value: {
      source: {
        ...{ kind: "http", url: "https://example.org/maps/city.zip" },
        sha256: "e1470f6a0d4f6ad1c2f1a0f3b7d8f4a3c5e2b9d6a7f8091b2c3d4e5f60718293",
        mirrors: ["https://mirror.example.net/city.zip"],
      },
    },
  },
  torrent: {
    summary: "Some files of a torrent",
    value: {
      source: {
        ...{ kind: "torrent", magnet: "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=Maps" },
        files: ["maps/city.bsp"],
      },
    },
  },
  workshop: {
    summary: "A Workshop item, as by its id",
    value: { source: { kind: "workshop", app: 294_100, item: "2925604173" } },
  },
} as const;

const NEEDS_ADDRESS = { path: ["magnet"], message: "Must have magnet or torrentUrl" };

/** An object of a body: the document, too, says that nothing else may stand in it. */
function onlyInBody<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return only(shape).openapi({ additionalProperties: false });
}

const File = onlyInBody(HttpSource.shape);
const Item = onlyInBody(WorkshopSource.shape);
const Torrent = onlyInBody(TorrentSource.shape).refine(
  ({ magnet, torrentUrl }) => magnet !== undefined || torrentUrl !== undefined,
  NEEDS_ADDRESS,
);

/** What can be asked for, with nothing beside: a misspelled field would otherwise be passed over in silence. */
export const SourceBody = onlyInBody({
  source: z
    .discriminatedUnion("kind", [Item, File, Torrent])
    .openapi("Source", { example: SOURCE_EXAMPLES.file.value.source }),
});
