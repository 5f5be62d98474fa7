import { expect, test } from "vitest";
import { testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aConnected } from "../../../test/job-deps.ts";

/** Other clients than browsers meet PyTorrent's root. */
const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

const form = (item: string) => ({
  body: new URLSearchParams({ item }).toString(),
  headers: { ...BROWSER, "content-type": "application/x-www-form-urlencoded" },
});

test.each([
  ["", "en"],
  ["ru-RU,ru;q=0.9,en;q=0.8", "ru"],
  ["en-GB,ru;q=0.5", "en"],
  ["de, ru;q=0.3", "ru"],
  ["ru;q=0", "en"],
])("GET / for Accept-Language %j speaks %s", async (accepted, lang) => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/", { ...BROWSER, "accept-language": accepted });
  const text = await answer.text();

  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(answer.headers.get("vary")).toBe("Accept-Language, Accept");
  expect(text).toContain(`<html lang="${lang}">`);
  expect(text).toContain('name="item"');
});

test("GET /?lang=ru is Russian whatever the browser prefers", async () => {
  await using gateway = await testGateway();

  expect(await (await gateway.get("/?lang=ru", { ...BROWSER, "accept-language": "en" })).text()).toContain(
    "Получить мод",
  );
});

test("GET / loads nothing from elsewhere and runs no script", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/", BROWSER);
  const text = await answer.text();

  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(text).not.toMatch(/<script|style=|src="http|href="http/);
  expect((await gateway.get("/site.css")).headers.get("content-type")).toBe("text/css; charset=utf-8");
});

test.each(["7", " https://steamcommunity.com/sharedfiles/filedetails/?id=7 "])(
  "POST / with %j leads to the job's page",
  async (item) => {
    await using gateway = await testGateway();
    gateway.connected.push(aConnected());
    gateway.answers.set("7", { kind: "found", item: anItem({ id: "7" }) });

    const answer = await gateway.send("POST", "/", form(item));
    const page = await gateway.get(answer.headers.get("location") ?? "");

    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toMatch(/^\/jobs\/job_/);
    expect(page.status).toBe(200);
  },
);

test("POST / takes the address of a file, and refuses one that leads into a private network", async () => {
  await using gateway = await testGateway({ config: { allowPrivateSources: false } });
  gateway.connected.push(aConnected({ engines: ["http"] }));

  const answer = await gateway.send("POST", "/", form("https://host.example/Big%20map.zip"));
  const refused = await gateway.send("POST", "/", form("http://192.168.0.1/router"));

  expect([answer.status, refused.status]).toEqual([303, 400]);
  const page = await gateway.get(answer.headers.get("location") ?? "");
  expect(await page.text()).toContain("Big map.zip");
  expect(await refused.text()).toContain("private network");
});

test("POST / tells somebody who fills the queue to wait", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected({ engines: ["http"] }));
  gateway.deps.jobs.queuedBy = async (_, limit) => limit;

  const answer = await gateway.send("POST", "/", form("https://host.example/a.zip"));

  expect([answer.status, await answer.text()]).toEqual([429, expect.stringContaining("wait in the queue")]);
});

test("POST / leads to the archive when it is here", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive();
  gateway.answers.set(version.mod, { kind: "found", item: anItem() });

  const answer = await gateway.send("POST", "/", form(version.mod));

  expect(answer.status).toBe(303);
  expect(answer.headers.get("location")).toBe(`/api/mods/${version.mod}/archive`);
});

test.each([
  ["junk", { kind: "removed" }, 400, "neither a number"],
  ["7", { kind: "removed" }, 404, "no such item"],
  ["7", { kind: "collection" }, 422, "collection"],
  ["7", { kind: "unavailable", retryAfterMs: 1 }, 503, "Steam cannot be reached"],
  ["7", { kind: "found", item: anItem({ id: "7" }) }, 503, "No volunteer"],
] as const)("POST / with %j while Steam says %j is %i and says why", async (item, steam, status, why) => {
  await using gateway = await testGateway();
  gateway.answers.set("7", steam);

  const answer = await gateway.send("POST", "/", form(item));

  expect(answer.status).toBe(status);
  expect(await answer.text()).toContain(why);
});

test.each(["multipart/form-data; boundary=x", "application/json", "text/plain"])(
  "POST / with a body of %s asks again",
  async (type) => {
    await using gateway = await testGateway();

    const answer = await gateway.send("POST", "/", {
      body: "--y\r\njunk",
      headers: { ...BROWSER, "content-type": type },
    });

    expect(answer.status).toBe(400);
  },
);

test("POST / shows what was typed without running it", async () => {
  await using gateway = await testGateway();

  const text = await (await gateway.send("POST", "/", form('"><script>alert(1)</script>'))).text();

  expect(text).not.toContain("<script>");
  expect(text).toContain("&lt;script&gt;");
});

test("GET /jobs/{id} shows progress and looks again by itself", async () => {
  await using gateway = await testGateway();
  await gateway.deps.catalogue.saveItem(anItem({ title: "<b>Häuser</b>" }), 1);
  const lease = { stage: "downloading", bytes: 10_000_000, total: 40_000_000 } as const;
  const { id } = await gateway.addJob({ state: "leased", lease });

  const text = await (await gateway.get(`/jobs/${id}`)).text();

  expect(text).toContain('<progress max="40000000" value="10000000">');
  expect(text).toContain("10.0 / 40.0 MB");
  expect(text).toContain('http-equiv="refresh"');
  expect(text).toContain("&lt;b&gt;Häuser");
});

test("GET /jobs/{id} of a file calls it by its name and does not speak of Steam, in Russian too", async () => {
  await using gateway = await testGateway();
  const source = { kind: "http", url: "https://host.example/Big%20map.zip" } as const;
  const mod = await gateway.deps.catalogue.saveSource(source, 1);
  const { id } = await gateway.addJob({ state: "leased", lease: { stage: "downloading" } }, { mod, source });

  const [english, russian] = [
    await (await gateway.get(`/jobs/${id}`)).text(),
    await (await gateway.get(`/jobs/${id}?lang=ru`)).text(),
  ];

  expect(english).toContain("Fetching Big map.zip");
  expect(english).toContain("Downloading from its source");
  expect(russian).toContain("Скачивается из источника");
  expect(english).not.toContain("Steam");
});

test("GET /jobs/{id} of a job that waits says where in the queue, in Russian too", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "queued" });
  gateway.connected.push(aConnected({ freeSlots: 0 }));

  expect(await (await gateway.get(`/jobs/${id}`)).text()).toContain("Place in the queue: 1");
  expect(await (await gateway.get(`/jobs/${id}?lang=ru`)).text()).toContain("Место в очереди: 1");
});

test("GET /jobs/{id} of a job that nobody can take says so instead of a place", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "queued" });

  const text = await (await gateway.get(`/jobs/${id}`)).text();

  expect(text).toContain("No volunteer can take it right now");
  expect(text).not.toContain("Place in the queue");
});

test("GET /jobs/{id} of a failed job speaks Russian too, and says when asking again makes sense", async () => {
  await using gateway = await testGateway();
  const failure = { code: "needs_owner", detail: "", agent: null, network: null, at: 1 } as const;
  const { id } = await gateway.addJob({ state: "failed", failure, retryAt: Date.UTC(2027, 0, 2, 3, 4) });

  const text = await (await gateway.get(`/jobs/${id}?lang=ru`)).text();

  expect(text).toContain("Steam отдаёт этот предмет только тем, у кого куплена игра");
  expect(text).toContain("2027-01-02 03:04 UTC");
});

test("GET /jobs/{id} of a finished job links the archive and its torrent, and stands still", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "done" });

  const text = await (await gateway.get(`/jobs/${id}`)).text();

  expect(text).toMatch(/href="\/api\/mods\/9000000101\/versions\/\d+\/archive"/);
  expect(text).toMatch(/href="\/api\/mods\/9000000101\/versions\/\d+\/torrent">Torrent</);
  expect(text).not.toContain("refresh");
});

test("GET /jobs/{id} of a failed job says what to do", async () => {
  await using gateway = await testGateway();
  const failure = { code: "needs_owner", detail: "", agent: null, network: null, at: 1 } as const;
  const { id } = await gateway.addJob({ state: "failed", failure, retryAt: null });

  expect(await (await gateway.get(`/jobs/${id}`)).text()).toContain("has to join the fleet");
});

test.each(["job_00000000000000000000", "x"])("GET /jobs/%s is a page too", async (id) => {
  await using gateway = await testGateway();

  const answer = await gateway.get(`/jobs/${id}`);

  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain("There is no such job.");
});

test("GET /docs shows the viewer from our own files and links the contract without script", async () => {
  await using gateway = await testGateway();

  const text = await (await gateway.get("/docs")).text();
  const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? "");
  const answers = await Promise.all(files.map((file) => gateway.get(file)));

  expect(files).toContain("/openapi.json");
  expect(files).toContain("/docs/swagger-ui-bundle.js");
  expect(answers.map(({ status }) => status)).toEqual(files.map(() => 200));
});
