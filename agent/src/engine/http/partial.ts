import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What must still be true of a source for its bytes to fit those that lie here. */
const Mark = z.object({
  url: z.string(),
  /** A strong ETag or a Last-Modified: what If-Range may carry (RFC 9110 section 13.1.5). */
  validator: z.string().nullable(),
  total: z.int().min(0).nullable(),
  name: z.string(),
});
export type Mark = z.infer<typeof Mark>;

/** A download that may have been interrupted, in the folder of its job. */
export type Partial = {
  body: string;
  bytes(): Promise<number>;
  mark(): Promise<Mark | null>;
  begin(mark: Mark): Promise<void>;
  /** Moves the complete body to `content/<name>` and returns the folder. */
  finish(name: string): Promise<string>;
  discard(): Promise<void>;
};

export async function openPartial(folder: string): Promise<Partial> {
  const place = join(folder, "partial");
  const body = join(place, "body");
  const file = join(place, "mark.json");
  await mkdir(place, { recursive: true });
  return {
    body,
    bytes: () =>
      stat(body).then(
        ({ size }) => size,
        () => 0,
      ),
    mark: () => readFile(file, "utf8").then(parseMark, () => null),
    async begin(mark) {
      await rm(body, { force: true });
      await writeFile(file, JSON.stringify(mark));
    },
    async finish(name) {
      const content = join(folder, "content");
      await rm(content, { recursive: true, force: true });
      await mkdir(content, { recursive: true });
      await rename(body, join(content, name));
      await rm(place, { recursive: true, force: true });
      return content;
    },
    async discard() {
      await rm(place, { recursive: true, force: true });
      await mkdir(place, { recursive: true });
    },
  };
}

/** A crash may leave half of the mark: then the download starts again. */
function parseMark(text: string): Mark | null {
  try {
    return Mark.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
