import { expect, test, vi } from "vitest";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { createApi } from "../api.ts";
import { onError } from "../on-error.ts";
import { requestContext } from "../request-context.ts";
import { jobEvents } from "./job-events.ts";

/** The events of a stream as they come. */
async function* eventsOf(answer: Response): AsyncGenerator<{ event: string; id: string; data: string }> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks)
      yield { event: field(block, "event"), id: field(block, "id"), data: field(block, "data") };
  }
}

const field = (block: string, name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";

async function change(gateway: TestGateway, id: string): Promise<void> {
  const job = await gateway.deps.jobs.find(id);
  if (job?.state !== "queued") throw new Error("The job is not queued");
  const { notBefore, ...base } = job;
  await gateway.deps.jobs.replace(job, { ...base, state: "cancelled", finishedAt: notBefore });
}

test("GET /api/jobs/{id}/events begins with a snapshot, tells changes and ends after the last", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "queued" });

  const answer = await gateway.get(`/api/jobs/${id}/events`);
  const events = eventsOf(answer);
  const first = await events.next();
  await change(gateway, id);
  gateway.deps.bells.job.ring(id);
  const rest = await Array.fromAsync(events);

  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  expect(first.value).toMatchObject({ event: "job", data: expect.stringContaining('"state":"queued"') });
  expect(rest.filter(({ event }) => event === "job")).toEqual([
    { event: "job", id: "over", data: expect.stringContaining('"state":"cancelled"') },
  ]);
});

test("GET /api/jobs/{id}/events of a job that is over is its last state and nothing more", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "done" });

  const events = await Array.fromAsync(eventsOf(await gateway.get(`/api/jobs/${id}/events`)));
  const again = await gateway.get(`/api/jobs/${id}/events`, { "last-event-id": "over" });

  expect(events).toHaveLength(1);
  expect(again.status).toBe(204);
});

test("GET /api/jobs/{id}/events sees what another gateway changed, and keeps the line alive", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "queued" });
  const api = createApi();
  api.onError(onError);
  api.use(requestContext(gateway.deps));
  jobEvents(api, gateway.deps, { lookEveryMs: 1 });

  const events = eventsOf(await api.request(`/api/jobs/${id}/events`));
  const first = await events.next();
  const alive = await events.next();
  await change(gateway, id);
  const rest = await Array.fromAsync(events);

  expect(first.value?.event).toBe("job");
  expect(alive.value).toEqual({ event: "", id: "", data: "" });
  expect(rest.at(-1)?.data).toContain('"state":"cancelled"');
});

test("GET /api/jobs/{id}/events gives one client so many streams, and takes them back", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "queued" });
  const open = () => gateway.get(`/api/jobs/${id}/events`);

  const answers = await Promise.all(Array.from({ length: 17 }, open));
  const refused = answers.filter(({ status }) => status === 429);
  await change(gateway, id);
  gateway.deps.bells.job.ring(id);
  await Promise.all(answers.map((answer) => answer.text()));

  expect(refused).toHaveLength(1);
  expect(refused[0]?.headers.get("retry-after")).toBe("10");
  expect((await open()).status).toBe(200);
});

test("GET /api/jobs/{id}/events takes back the places of clients that leave", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "queued" });
  const server = await gateway.serve();
  const gone = new AbortController();
  const open = (signal?: AbortSignal) => fetch(`${server.url}/api/jobs/${id}/events`, signal ? { signal } : {});
  const first = await Promise.all(Array.from({ length: 16 }, () => open(gone.signal)));

  const full = await open();
  gone.abort();

  expect(first.map(({ status }) => status)).toEqual(first.map(() => 200));
  expect(full.status).toBe(429);
  await vi.waitFor(async () => expect((await open()).status).toBe(200));
  await server.close();
});

test("HEAD /api/jobs/{id}/events opens no stream", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "queued" });

  const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.send("HEAD", `/api/jobs/${id}/events`)));

  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
});

test("GET /api/jobs/{id}/events refuses jobs that do not exist", async () => {
  await using gateway = await testGateway();

  expect((await gateway.get(`/api/jobs/job_${"0".repeat(20)}/events`)).status).toBe(404);
  expect((await gateway.get("/api/jobs/x/events")).status).toBe(400);
});
