import { sourceKey } from "@modfleet/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Elsewhere } from "./delivered.ts";
import { vetSource } from "./vet-source.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const MAGNET = `magnet:?xt=urn:btih:${HASH}`;
const vet = (source: Elsewhere, allowPrivate = false) => vetSource(source, { allowPrivate });

function vetted(source: Elsewhere): Elsewhere {
  const answer = vet(source);
  if (!answer.ok) throw new Error(JSON.stringify(answer.faults));
  return answer.source;
}

function fieldsOf(source: Elsewhere): string[] {
  const answer = vet(source);
  return answer.ok ? [] : answer.faults.map(({ field }) => field);
}

test("vetSource() spells an address in its one way and drops what no server sees", () => {
  const source = vetted({
    ...{ kind: "http", url: "HTTPS://Host.Example:443/a/../b c?x=1#frag" },
    mirrors: ["http://m.example#1", "http://m.example/#2"],
  });

  expect(source).toEqual({ kind: "http", url: "https://host.example/b%20c?x=1", mirrors: ["http://m.example/"] });
});

test("vetSource() makes one source of a magnet link in two spellings, and one list of chosen files", () => {
  const one = vetted({ kind: "torrent", magnet: `${MAGNET}#x`, files: ["b", "a", "b"] });

  expect(one).toEqual({ kind: "torrent", magnet: MAGNET, files: ["a", "b"] });
  expect(vetted({ kind: "torrent", magnet: MAGNET, files: [] })).toEqual({ kind: "torrent", magnet: MAGNET });
  expect(sourceKey(one)).toContain(HASH);
});

test.each<[Elsewhere, string[]]>([
  [{ kind: "http", url: "http://127.0.0.1/a" }, ["source.url"]],
  [{ kind: "http", url: "http://0x7f.1/a" }, ["source.url"]],
  [{ kind: "http", url: "http://localhost:8080/a" }, ["source.url"]],
  [{ kind: "http", url: "https://u:p@host.example/a" }, ["source.url"]],
  [{ kind: "http", url: "https://u@host.example/a" }, ["source.url"]],
  [
    { kind: "http", url: "https://host.example/a", mirrors: ["https://a.example", "http://[::1]/", "http://10.0.0.1"] },
    ["source.mirrors.1", "source.mirrors.2"],
  ],
  [{ kind: "torrent", torrentUrl: "http://192.168.0.1/a.torrent" }, ["source.torrentUrl"]],
  [{ kind: "torrent", magnet: `${MAGNET}&tr=udp%3A%2F%2F127.0.0.1%3A6969` }, ["source.magnet.tr"]],
  [{ kind: "torrent", magnet: `${MAGNET}&tr=udp%3A%2F%2F2130706433%3A6969` }, ["source.magnet.tr"]],
  [{ kind: "torrent", magnet: `${MAGNET}&TR.1=http%3A%2F%2Flocalhost` }, ["source.magnet.tr.1"]],
  [{ kind: "torrent", magnet: `${MAGNET}&ws=http%3A%2F%2F169.254.169.254%2Flatest` }, ["source.magnet.ws"]],
  [{ kind: "torrent", magnet: `${MAGNET}&ws=file%3A%2F%2F%2Fetc%2Fpasswd` }, ["source.magnet.ws"]],
  [{ kind: "torrent", magnet: `${MAGNET}&xs=http%3A%2F%2Fu%3Ap%40h.example%2F` }, ["source.magnet.xs"]],
  [{ kind: "torrent", magnet: `${MAGNET}&x.pe=10.0.0.1%3A5000` }, ["source.magnet.x.pe"]],
  [{ kind: "torrent", magnet: `${MAGNET}&x.pe=%5B%3A%3A1%5D%3A5000` }, ["source.magnet.x.pe"]],
  [{ kind: "torrent", magnet: `${MAGNET}&tr=localhost%3A80` }, ["source.magnet.tr"]],
])("vetSource() refuses %j and names the fields", (source, fields) => {
  expect(fieldsOf(source)).toEqual(fields);
});

test("vetSource() lets private addresses pass where the operator allows them, and logins never", () => {
  expect(vet({ kind: "http", url: "http://127.0.0.1:8080/a" }, true).ok).toBe(true);
  expect(vet({ kind: "torrent", magnet: `${MAGNET}&x.pe=127.0.0.1%3A1` }, true).ok).toBe(true);
  expect(vet({ kind: "http", url: "http://u:p@127.0.0.1:8080/a" }, true).ok).toBe(false);
});

test("vetSource() lets public trackers, web seeds, peers and names of content pass", () => {
  const magnet =
    `${MAGNET}&dn=x&tr=udp%3A%2F%2Ft.example%3A1337%2Fannounce&tr=wss%3A%2F%2Ft.example&ws=https%3A%2F%2Fh.example%2Fa` +
    "&x.pe=8.8.8.8%3A6881&xs=urn%3Asha1%3AABC&so=0-2";

  expect(fieldsOf({ kind: "torrent", magnet })).toEqual([]);
});

test("vetSource() refuses an address that is too long once it is spelled out", () => {
  expect(fieldsOf({ kind: "http", url: `https://host.example/${"ё".repeat(1_000)}` })).toEqual(["source.url"]);
});

test("vetSource() answers whatever it is given, and what it lets pass it lets pass again unchanged", () => {
  const text = fc.oneof(
    fc.webUrl({ withFragments: true }),
    fc.string({ unit: "binary" }),
    fc.ipV6().map((ip) => `http://[${ip}]/`),
  );
  fc.assert(
    fc.property(text, text, (url, tracker) => {
      const magnet = `${MAGNET}&tr=${encodeURIComponent(tracker.toWellFormed())}`;
      for (const source of [{ kind: "http", url } as const, { kind: "torrent", magnet } as const]) {
        const answer = vet(source);
        if (answer.ok) expect(vet(answer.source)).toEqual(answer);
        else expect(answer.faults.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 200 },
  );
});
