import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aConnected } from "../../../test/job-deps.ts";
import type { ItemFacts } from "../../domain/catalogue.ts";

const Case = z.object({
  id: z.string(),
  target: z.string(),
  situation: z.enum([
    "here",
    "absent",
    "loading",
    "steam_down",
    "on_steam",
    "newer_on_steam",
    "row_only",
    "nobody_connected",
    "here_and_nobody_connected",
  ]),
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  name: z.string().optional(),
  body: z.unknown().optional(),
});
type Case = z.infer<typeof Case>;

/** What the original answered, less what it could not know: see its README's list of departures. */
const cases = z
  .array(Case)
  .parse(JSON.parse(readFileSync(new URL("fixtures/downloads.json", import.meta.url), "utf8")));

const DEPARTURES: Readonly<Record<number, number>> = { 102: 202, 103: 503 };
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Content-Type,Content-Disposition",
};

async function arrange(gateway: TestGateway, { target, situation, name = "A mod" }: Case): Promise<Buffer | null> {
  const id = /\d+/.exec(target)?.[0] ?? "1";
  const item = anItem({ id, title: name });
  if (!situation.endsWith("nobody_connected")) gateway.connected.push(aConnected());
  if (situation === "steam_down") gateway.answers.set(id, { kind: "unavailable", retryAfterMs: 30_000 });
  else if (situation === "newer_on_steam") {
    gateway.answers.set(id, { kind: "found", item: { ...item, versionKey: "2", updatedAt: item.updatedAt + 1 } });
  } else if (situation !== "absent") gateway.answers.set(id, { kind: "found", item });
  if (situation === "row_only") await addRow(gateway, item);
  if (situation === "loading") await gateway.get(`/download/steam/${id}`);
  const isHere = situation.startsWith("here") || situation === "newer_on_steam";
  return isHere ? (await gateway.addArchive({ item })).zip : null;
}

/** A mod that was taken over and whose archive is missing. */
async function addRow({ deps }: TestGateway, item: ItemFacts): Promise<void> {
  await deps.catalogue.saveItem(item, 1);
  const sql = "UPDATE mods SET kept_condition = 0, condition = 0, downloads = 5 WHERE id = CAST(:id AS INTEGER)";
  await deps.database.write({ sql, args: { id: item.id } });
}

test.each(cases)("GET $target answers like the original: $id", async (recorded) => {
  await using gateway = await testGateway();
  const zip = await arrange(gateway, recorded);

  const answer = await gateway.get(recorded.target);

  expect(answer.status).toBe(DEPARTURES[recorded.status] ?? recorded.status);
  expect(Object.fromEntries(answer.headers)).toMatchObject(recorded.headers);
  if (answer.status === 200) {
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(zip);
  } else if (recorded.body !== undefined) {
    const { unsuccessful_attempts, ...body } = z.record(z.string(), z.unknown()).parse(await answer.json());
    expect(body).toEqual(recorded.body);
    expect(unsuccessful_attempts).toBe(body["error_id"] === 0 ? false : undefined);
  }
});

test("GET /download/steam/{id} keeps the original's key order and names the job", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());
  gateway.answers.set("7", { kind: "found", item: anItem({ id: "7" }) });

  const answer = await gateway.get("/download/steam/7");

  expect(await answer.text()).toBe(
    '{"message":"request added to queue","error_id":0,"unsuccessful_attempts":false,"updating":false}',
  );
  expect(answer.headers.get("location")).toMatch(/^\/api\/jobs\/job_/);
  expect(answer.headers.get("retry-after")).toBe("5");
});

test("GET /download/steam/{id} says that an earlier attempt failed", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());
  gateway.answers.set("7", { kind: "found", item: anItem({ id: "7" }) });
  const at = gateway.deps.now();
  const failure = { code: "needs_owner", detail: "", agent: null, network: null, at } as const;
  await gateway.addJob({ state: "failed", failure, retryAt: at + 1 }, { mod: "7" });
  gateway.tick(2);

  const answer = await gateway.get("/download/steam/7");

  expect([answer.status, await answer.json()]).toEqual([
    202,
    { message: "request added to queue", error_id: 0, unsuccessful_attempts: true, updating: false },
  ]);
});

test("GET /download/steam/{id} tells exactly one of many that it put the mod into the queue", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());
  gateway.answers.set("7", { kind: "found", item: anItem({ id: "7" }) });

  const answers = await Promise.all(Array.from({ length: 50 }, () => gateway.get("/download/steam/7")));

  const bodies = await Promise.all(answers.map((answer) => answer.json()));
  expect(bodies.filter(({ error_id }) => error_id === 0)).toHaveLength(1);
  expect(bodies.filter(({ error_id }) => error_id === 3)).toHaveLength(49);
});

test("GET /download/steam/{id} sends what is here while Steam is out of reach", async () => {
  await using gateway = await testGateway();
  const { version, zip } = await gateway.addArchive();
  gateway.answers.set(version.mod, { kind: "unavailable", retryAfterMs: 1_000 });

  const answer = await gateway.get(`/download/steam/${version.mod}`);

  expect(Buffer.from(await answer.arrayBuffer())).toEqual(zip);
});

test("GET /download/steam/{id} does not know collections", async () => {
  await using gateway = await testGateway();
  gateway.answers.set("7", { kind: "collection" });

  const answer = await gateway.get("/download/steam/7");

  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({ message: "this mod was not found", error_id: 2 });
});

test("GET /download/{id} says damaged for a row or a version whose bytes are missing", async () => {
  await using gateway = await testGateway();
  await addRow(gateway, anItem({ id: "7" }));
  const { version } = await gateway.addArchive({ bytes: Buffer.from("short") });
  gateway.deps.blobs.size = async () => null;

  const answers = await Promise.all([gateway.get("/download/7"), gateway.get(`/download/${version.mod}`)]);

  for (const answer of answers) {
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ message: "the mod is damaged", error_id: 2 });
  }
});

test.each([
  ["0", 404],
  ["-5", 404],
  ["9223372036854775808", 404],
  ["99999999999999999999999999", 404],
  ["1.0", 422],
  ["1e3", 422],
  ["0x10", 422],
  ["_1", 422],
  ["%00", 422],
])("GET /download/…/%s is refused in the original's form with %i", async (id, status) => {
  await using gateway = await testGateway();

  const plain = await gateway.get(`/download/${id}`);
  const steam = await gateway.get(`/download/steam/${id}`);

  expect([plain.status, steam.status]).toEqual([status, status]);
  if (status === 404) {
    expect(await plain.json()).toMatchObject({ error_id: 1 });
    expect(await steam.json()).toMatchObject({ error_id: 2 });
  }
});

test.each(["+9000000101", "%209000000101%20", "9_000_000_101", "0009000000101"])(
  "GET /download/%s is the integer that Python reads",
  async (id) => {
    await using gateway = await testGateway();
    await gateway.addArchive();

    expect((await gateway.get(`/download/${id}`)).status).toBe(200);
  },
);

test("GET /download/{id}/ keeps the query when it sends on", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/download/5//?a=1&b=%20");

  expect(answer.status).toBe(307);
  expect(answer.headers.get("location")).toBe("/download/5?a=1&b=%20");
});

test("POST /download/{id} names the methods there are", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.send("POST", "/download/5");

  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET");
  expect(await answer.json()).toEqual({ detail: "Method Not Allowed" });
});

test("OPTIONS /download/{id} answers a preflight for every origin", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.send("OPTIONS", "/download/5", { headers: { "access-control-request-method": "GET" } });

  expect(answer.status).toBe(204);
  expect(Object.fromEntries(answer.headers)).toMatchObject({ ...CORS, "access-control-allow-methods": "GET, HEAD" });
});

test("GET /download/{id} knows ranges and what the client has already", async () => {
  await using gateway = await testGateway();
  const { version, zip } = await gateway.addArchive();
  const path = `/download/${version.mod}`;

  const part = await gateway.get(path, { range: "bytes=1-3" });
  const same = await gateway.get(path, { "if-none-match": `"${version.archive.sha256}"` });
  const head = await gateway.send("HEAD", path);

  expect([part.status, same.status, head.status]).toEqual([206, 304, 200]);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(zip.subarray(1, 4));
  expect(head.headers.get("content-length")).toBe(String(zip.length));
  expect(await head.text()).toBe("");
});

test("GET /download/{id} calls an archive whose name is all dots what Python called it", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive({ item: { title: "..." } });

  const answer = await gateway.get(`/download/${version.mod}`);

  expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
});
