import { expect, test } from "vitest";
import { type Answer, aJob, fakeJobs, JOB, json, problem, stream } from "../test/fake-jobs.ts";
import { ITEM, library, moveJob, thrownBy } from "../test/library.ts";
import { createClient, type Job, ModfleetError, type WaitOptions } from "./mod.ts";

const DONE = aJob({ state: "done", place: null, finishedAt: "2026-11-20T15:31:00.000Z" });
const NOTHING: Answer = (response) => void response.destroy();

async function waiting(answers: { events: Answer[]; job?: Answer[] }, options: WaitOptions = {}) {
  const { url, asked } = await fakeJobs({ job: [], ...answers });
  const told: Job[] = [];
  const onProgress = (job: Job) => void told.push(job);
  const ended = createClient({ baseUrl: url }).wait(JOB, { onProgress, pollMs: 1, ...options });
  return { ended, told, asked, url };
}

test("wait() gives the job of the last event and tells every change once", async () => {
  const leased = aJob({ state: "leased", place: null, stage: "downloading", bytes: 5, total: 10 });
  const { ended, told, asked } = await waiting({ events: [stream([aJob(), aJob(), leased, DONE], "stay")] });

  expect(await ended).toEqual(DONE);
  expect(told).toEqual([aJob(), leased, DONE]);
  expect(asked).toEqual(["events"]);
});

test.each(["end", "break"] as const)("wait() goes on when the stream comes to a premature %s", async (then) => {
  const { ended, told } = await waiting({ events: [stream([aJob()], then), stream([DONE])], job: [json(aJob())] });

  expect(await ended).toEqual(DONE);
  expect(told).toEqual([aJob(), DONE]);
});

test.each([
  ["are refused", problem(429, "too_many_requests")],
  ["break before they begin", NOTHING],
  ["are swallowed by a proxy", json({}, { type: "text/html" })],
])("wait() asks again and again where events %s", async (_, refused) => {
  const { ended, told } = await waiting({ events: [refused], job: [json(aJob()), json(aJob()), json(DONE)] });

  expect(await ended).toEqual(DONE);
  expect(told).toEqual([aJob(), DONE]);
});

test("wait() ends at once with a job that was over before", async () => {
  const over: Answer = (response) => void response.writeHead(204).end();

  expect(await (await waiting({ events: [over], job: [json(DONE)] })).ended).toEqual(DONE);
});

test("wait() throws a failed job with its failure", async () => {
  const failure = { code: "needs_owner", message: "Needs an owner", advice: "Own it", retryable: false } as const;
  const job = aJob({ state: "failed", failure, finishedAt: DONE.finishedAt });
  const error = await thrownBy((await waiting({ events: [stream([job])] })).ended);

  expect(error).toBeInstanceOf(ModfleetError);
  expect(error).toMatchObject({ code: "job_failed", message: "Needs an owner. Own it", job });
});

test("wait() throws a cancelled job", async () => {
  const job = aJob({ state: "cancelled", finishedAt: DONE.finishedAt });

  expect(await thrownBy((await waiting({ events: [stream([job])] })).ended)).toMatchObject({ code: "job_cancelled" });
});

test("wait() throws at once for a job that nobody knows", async () => {
  const { ended, asked } = await waiting({ events: [problem(404, "not_found")] });

  expect(await thrownBy(ended)).toMatchObject({ code: "not_found", status: 404 });
  expect(asked).toEqual(["events"]);
});

test("wait() gives up on a gateway that does not answer thirty times in a row", async () => {
  const { ended, asked } = await waiting({ events: [NOTHING], job: [NOTHING] });

  expect(await thrownBy(ended)).toMatchObject({ code: "unreachable", status: null });
  expect(asked.filter((what) => what === "events").length).toBeGreaterThanOrEqual(30);
});

test("wait() throws timed_out after its time", async () => {
  const { ended } = await waiting({ events: [stream([aJob()], "stay")] }, { timeoutMs: 30 });

  expect(await thrownBy(ended)).toMatchObject({ code: "timed_out" });
});

test.each([
  ["listens", stream([aJob()], "stay"), 1],
  ["pauses", problem(503, "not_ready"), 3_600_000],
])("wait() throws the signal's reason when it is aborted while it %s", async (_, events, pollMs) => {
  const controller = new AbortController();
  const { ended, told } = await waiting(
    { events: [events], job: [json(aJob())] },
    { signal: controller.signal, pollMs },
  );
  await expect.poll(() => told.length).toBe(1);
  controller.abort(new Error("enough"));

  expect(await thrownBy(ended)).toMatchObject({ message: "enough" });
});

test("wait() leaves a gateway alone for as long as it asks", async () => {
  const busy: Answer = (response) => {
    response.setHeader("retry-after", "3600");
    problem(429, "too_many_requests")(response);
  };
  const controller = new AbortController();
  const { ended, told, asked, url } = await waiting(
    { events: [busy], job: [json(aJob())] },
    { signal: controller.signal },
  );
  await expect.poll(() => told.length).toBe(1);
  // Were it not to wait, it would ask again within each of these.
  for (let turn = 0; turn < 10; turn += 1) await fetch(url);
  controller.abort(new Error("enough"));

  expect(await thrownBy(ended)).toMatchObject({ message: "enough" });
  expect(asked.filter((what) => what === "events")).toHaveLength(1);
});

test("wait() follows a real gateway's job to its failure", async () => {
  const { gateway, url } = await library();
  const client = createClient({ baseUrl: url });
  const asked = await client.ask(ITEM.id);
  if (asked.kind !== "coming") throw new Error("It is here already");
  const told: string[] = [];

  const ended = thrownBy(client.wait(asked.job, { onProgress: ({ state }) => void told.push(state) }));
  await expect.poll(() => told).toEqual(["queued"]);
  await moveJob(gateway, ITEM.id, "failed");

  expect(await ended).toMatchObject({ code: "job_failed", job: { failure: { code: "needs_owner" } } });
  expect(told).toEqual(["queued", "failed"]);
});
