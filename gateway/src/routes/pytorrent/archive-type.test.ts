import { expect, test } from "vitest";
import { pytorrentType } from "./archive-type.ts";

test.each(["Harmony", "a/b", "v1.2", "Core: more", "a:b:", "/:", "dots...", ": x", ":..x"])(
  "pytorrentType() takes %j for a zip",
  (name) => {
    expect(pytorrentType(name)).toBe("application/zip");
  },
);

// Each as Python 3.11's mimetypes.guess_type(name + ".zip") has it; a data URL may not choose its type here.
test.each(["", "...", "a/", "a/..", "Title:", "Title:..", "a:b/", "data:x", "DATA:text/html,x"])(
  "pytorrentType() knows no type for %j",
  (name) => {
    expect(pytorrentType(name)).toBe("text/plain; charset=utf-8");
  },
);
