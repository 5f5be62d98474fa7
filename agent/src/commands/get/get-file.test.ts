import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { platform } from "node:os";
import { expect, test } from "vitest";
import { getWorld, PATIENT } from "../../../test/get-world.ts";
import { CONTENT, getsIn, LONG, serve, serving } from "../../../test/http-file-server.ts";
import { keyOf } from "./workplace.ts";

test("getCommand() writes a file as it is, under the name that its server says", async () => {
  const all = await getWorld();
  const { url } = await serving(serve(CONTENT));

  expect(await all.get(url, { json: true })).toBe(0);

  const file = all.folder.at("here", "map.bsp");
  expect(await readFile(file, "utf8")).toBe(CONTENT);
  expect(await all.here()).toEqual(["map.bsp"]);
  expect(all.results()).toEqual([{ ok: true, kind: "http", target: url, url, file, bytes: 100_000 }]);
  expect(all.err()).toMatch(
    /^Asking 127\.0\.0\.1:\d+\nDownloading map\.bsp\n.*Downloading map\.bsp: 100 % \(100\.0 kB of 100\.0 kB\)\n$/s,
  );
});

test("getCommand() names a file by its address, and never by what leads out of the folder", async () => {
  const all = await getWorld();
  const { url } = await serving(
    serve(CONTENT, { headers: { "content-disposition": "x; filename*=UTF-8''..%2F..%2F%1B%20evil.zip" } }),
  );

  expect(await all.get(`${url}x.zip`)).toBe(0);

  expect(await all.here()).toEqual(["_ evil.zip"]);
});

test("getCommand() writes to the file or the folder that -o names", async () => {
  const all = await getWorld();
  await mkdir(all.folder.at("here", "mods"));
  const { url } = await serving(serve(CONTENT));

  expect(await all.get(url, { output: "mods" })).toBe(0);
  expect(await all.get(url, { output: "mine.bin" })).toBe(0);

  expect(await all.here()).toEqual(["mine.bin", "mods"]);
  expect(await readdir(all.folder.at("here", "mods"))).toEqual(["map.bsp"]);
});

test("getCommand() leaves an existing file alone without fetching anything, unless it is forced", async () => {
  const all = await getWorld();
  await writeFile(all.folder.at("here", "map.bsp"), "precious");
  const { url, requests } = await serving(serve(CONTENT));

  expect(await all.get(url)).toBe(2);
  expect(all.err()).toMatch(/map\.bsp exists already\. Use --force/);
  expect(getsIn(requests)).toEqual([]);
  expect(await readFile(all.folder.at("here", "map.bsp"), "utf8")).toBe("precious");

  expect(await all.get(url, { force: true })).toBe(0);
  expect(await readFile(all.folder.at("here", "map.bsp"), "utf8")).toBe(CONTENT);
  expect(await all.here()).toEqual(["map.bsp"]);
});

test("getCommand() keeps what arrived when it is interrupted, and the same command fetches only the rest", async () => {
  const all = await getWorld();
  const { url, requests } = await serving(
    serve(LONG, {
      instead({ turn, range, response }) {
        if (turn > 1) return false;
        const head = { etag: '"one"', "content-length": LONG.length };
        const ranged = { "content-range": `bytes 0-${LONG.length - 1}/${LONG.length}` };
        response.writeHead(range === null ? 200 : 206, range === null ? head : { ...head, ...ranged });
        response.write(LONG.slice(0, 1_000_000));
        return true;
      },
    }),
  );
  const ending = all.get(url);
  await expect.poll(() => all.err(), PATIENT).toContain("%");
  all.interrupt();

  expect(await ending).toBe(130);
  expect(await all.here()).toEqual([expect.stringMatching(/^\.modfleet-/)]);
  expect(all.err()).toContain("Interrupted. What arrived is kept: the same command goes on from there\n");

  const before = requests.length;
  expect(await all.get(url, {}, { signal: new AbortController().signal })).toBe(0);
  expect(await readFile(all.folder.at("here", "map.bsp"), "utf8")).toBe(LONG);
  expect(await all.here()).toEqual(["map.bsp"]);
  expect(getsIn(requests.slice(before)).map(({ headers }) => headers.range)).toEqual([
    expect.stringMatching(/^bytes=[1-9]/),
  ]);
});

test("getCommand() says that what arrived is kept when a line never holds", async () => {
  const all = await getWorld();
  const { url } = await serving(serve(LONG, { breakAfter: [500_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }));

  expect(await all.get(url, { json: true })).toBe(1);

  expect(all.err()).toMatch(
    /The source could not be reached.*\. What arrived is kept: the same command goes on from there\n$/,
  );
  expect(all.results()).toMatchObject([{ ok: false, kind: "http", target: url, code: "source_unreachable" }]);
  expect(await all.here()).toEqual([expect.stringMatching(/^\.modfleet-/)]);
});

test.each([
  [404, "source_not_found", "The source has no such file"],
  [403, "source_unreachable", "answered 403"],
])(
  "getCommand() makes one line of an answer of %i that says what to do, and leaves nothing",
  async (status, code, says) => {
    const all = await getWorld();
    const { url } = await serving((_request, response) => void response.writeHead(status).end());

    expect(await all.get(url, { json: true })).toBe(1);

    expect(all.err()).toMatch(/^Asking 127\.0\.0\.1:\d+\n.*\n$/);
    expect(all.err()).toContain(says);
    expect(all.results()).toMatchObject([{ ok: false, code }]);
    expect(await all.here()).toEqual([]);
  },
);

test("getCommand() says what it waits for while a source has no answer", async () => {
  const all = await getWorld();
  const { url } = await serving((_request, response) => void response.writeHead(503).end());

  expect(await all.get(url)).toBe(1);
  expect(await all.get("http://127.0.0.1:1/x.zip")).toBe(1);

  expect(all.err()).toMatch(/Asking 127\.0\.0\.1:\d+ \(it answered 503, trying again\)\nCannot fetch/);
  expect(all.err()).toMatch(/Asking 127\.0\.0\.1:1 \(.*ECONNREFUSED.*, trying again\)\nCannot fetch/);
});

test("getCommand() refuses a page where a file was asked for", async () => {
  const all = await getWorld();
  const { url } = await serving(
    serve("<html>", { headers: { "content-type": "text/html", "content-disposition": "" } }),
  );

  expect(await all.get(url)).toBe(1);
  expect(all.err()).toContain("The address leads to a web page, not to a file");
});

test("getCommand() reaches a private address that a person typed", async () => {
  const all = await getWorld();
  const there = await serving(serve(CONTENT));
  const { url } = await serving((_request, response) => void response.writeHead(302, { location: there.url }).end());

  expect(await all.get(url.replace("127.0.0.1", "localhost"))).toBe(0);
});

test("getCommand() lets two commands in one folder be, and only one at the same thing", async () => {
  const [all, other] = [await getWorld(), await getWorld()];
  const { cwd } = all.context;
  const waiting = Promise.withResolvers<void>();
  const { url } = await serving(
    serve(CONTENT, {
      instead({ turn, request, response }) {
        if (turn > 1 || request.url?.endsWith("other") === true) return false;
        void waiting.promise.then(() => serve(CONTENT)(request, response, 1));
        return true;
      },
    }),
  );

  const first = all.get(url);
  await expect.poll(() => all.err(), PATIENT).toContain("Downloading");
  expect(await other.get(url, {}, { cwd })).toBe(1);
  expect(other.err()).toContain("another command is at it. Wait until it is done, or choose another place with -o\n");
  expect(await other.get(`${url}other`, { output: "other.bin" }, { cwd })).toBe(0);
  waiting.resolve();

  expect(await first).toBe(0);
  expect(await all.here()).toEqual(["map.bsp", "other.bin"]);
});

test("getCommand() says what to do where it cannot write", async () => {
  const all = await getWorld();
  const { url, requests } = await serving(serve(CONTENT));
  const mark = keyOf(`http:${url}`, all.folder.at("here"));
  await writeFile(all.folder.at("here", `.modfleet-${mark}`), "");

  expect(await all.get(url)).toBe(1);
  expect(all.err()).toMatch(/^Cannot write .*\.modfleet-.*: .*\. See that its folder exists and can be written/);
  expect(await all.get(url, { output: "missing/a.bin" })).toBe(2);
  expect(all.err()).toContain(`there is no folder ${all.folder.at("here", "missing")}. Create it first`);
  expect(requests).toEqual([]);
});

test.runIf(platform() === "linux")("getCommand() refuses a place that takes no files in one line", async () => {
  const all = await getWorld();
  const { url, requests } = await serving(serve(CONTENT));

  expect(await all.get(url, { output: "/proc/x" })).toBeGreaterThan(0);
  expect(await all.get(url, { output: "/proc/deep/x/" })).toBeGreaterThan(0);
  expect(all.err()).toMatch(/^Cannot write \/proc\/.*\nCannot write \/proc\/.*\n$/);
  expect(requests).toEqual([]);
});
