import { describe, expect, test } from "vitest";
import { anApp } from "../../../test/database-facts.ts";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { DAY_MS, type Duration, HOUR_MS } from "../../domain/statistics.ts";

const NOW = Date.UTC(2026, 10, 20, 15, 30);
const TODAY = Date.UTC(2026, 10, 20);

async function gatewayAt(startAt = NOW): Promise<TestGateway> {
  return testGateway({ startAt });
}

let batch = 0;
async function counted(
  { deps }: TestGateway,
  hours: readonly [kind: string, startsAt: number, count: number][],
  durations: readonly Duration[] = [],
): Promise<void> {
  batch += 1;
  await deps.statistics.add({
    ...{ writer: "before", batch, at: 0, sent: new Map(), durations },
    hours: hours.map(([kind, startsAt, count]) => ({ kind, startsAt, count })),
  });
}

async function countsOf({ deps }: TestGateway): Promise<Record<string, number>> {
  await deps.counters.flush();
  return Object.fromEntries((await deps.statistics.days(0, 1e15)).map(({ kind, count }) => [kind, count]));
}

const json = async (gateway: TestGateway, path: string) => (await gateway.get(path)).json();

describe("GET /statistics/hour", () => {
  test("has everything up to this very request, in the order in which it was first counted", async () => {
    await using gateway = await gatewayAt();
    await counted(gateway, [
      ["yesterday", TODAY - HOUR_MS, 9],
      ["/list/mods/", TODAY + 3 * HOUR_MS, 2],
      ["/download/", TODAY, 1],
    ]);
    gateway.deps.counters.count("start");

    const answer = await gateway.get("/statistics/hour");

    expect(await answer.text()).toBe(
      `[${[
        '{"date_time":"2026-11-20T03:00:00","type":"/list/mods/","count":2}',
        '{"date_time":"2026-11-20T00:00:00","type":"/download/","count":1}',
        '{"date_time":"2026-11-20T15:00:00","type":"start","count":1}',
        '{"date_time":"2026-11-20T15:00:00","type":"/statistics/hour/","count":1}',
      ].join(",")}]`,
    );
  });

  test("takes both ends, and today whatever date is asked for", async () => {
    await using gateway = await gatewayAt();
    await counted(
      gateway,
      [2, 3, 4, 5].map((hour) => ["start", TODAY + hour * HOUR_MS, hour]),
    );

    const range = await json(gateway, "/statistics/hour?start_hour=3&end_hour=+4_&end_hour=4");
    const one = await json(gateway, "/statistics/hour?select_date=2020-01-01&start_hour=5&end_hour=5&day=x");

    expect(range.map(({ count }: { count: number }) => count)).toEqual([3, 4]);
    expect(one).toEqual([{ date_time: "2026-11-20T05:00:00", type: "start", count: 5 }]);
  });

  test.each([
    ["start_hour=24", 412, { message: "start_hour exits 24 hour format", error_id: 1 }],
    ["start_hour=-1&end_hour=99", 412, { message: "start_hour exits 24 hour format", error_id: 1 }],
    ["end_hour=99999999999999999999", 412, { message: "end_hour exits 24 hour format", error_id: 2 }],
    ["start_hour=5&end_hour=4", 409, { message: "conflicting request", error_id: 3 }],
  ])("counts ?%s and refuses it with %i", async (query, status, body) => {
    await using gateway = await gatewayAt();

    const answer = await gateway.get(`/statistics/hour?${query}`);

    expect([answer.status, await answer.json()]).toEqual([status, body]);
    expect(await countsOf(gateway)).toEqual({ "/statistics/hour/": 1 });
  });

  test("lists all that cannot be read in the order of its parameters, and counts nothing", async () => {
    await using gateway = await gatewayAt();

    const answer = await gateway.get("/statistics/hour?end_hour=&start_hour=1.0&select_date=nan");

    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({
      detail: [
        { loc: ["query", "select_date"], msg: "cannot convert float NaN to integer", type: "value_error" },
        { loc: ["query", "start_hour"], msg: "value is not a valid integer", type: "type_error.integer" },
        { loc: ["query", "end_hour"], msg: "value is not a valid integer", type: "type_error.integer" },
      ],
    });
    expect(await countsOf(gateway)).toEqual({});
  });

  test("thousands of requests at once are all counted, by few writes", async () => {
    await using gateway = await gatewayAt();
    const { statistics } = gateway.deps;
    const { add } = statistics;
    let writes = 0;
    statistics.add = async (counts) => {
      writes += 1;
      await add(counts);
    };

    const answers = await Promise.all(Array.from({ length: 2_000 }, () => gateway.get("/statistics/hour")));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await countsOf(gateway)).toEqual({ "/statistics/hour/": 2_000 });
    expect(writes).toBeLessThan(20);
  });
});

describe("GET /statistics/day", () => {
  const days = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n): [string, number, number] => [
      "start",
      TODAY + (from + n) * DAY_MS,
      1,
    ]);

  test("goes from a week ago to today", async () => {
    await using gateway = await gatewayAt();
    await counted(gateway, days(-20, 0));

    const rows = await json(gateway, "/statistics/day");

    expect(rows).toHaveLength(9);
    expect(rows[0]).toEqual({ date: "2026-11-13", type: "start", count: 1 });
    expect(rows.at(-1)).toEqual({ date: "2026-11-20", type: "/statistics/day/", count: 1 });
  });

  test.each([
    ["end_date=2026-11-15", "2026-11-08", "2026-11-15"],
    ["start_date=1794268800&end_date=2026-11-12", "2026-11-10", "2026-11-12"],
    ["start_date=-inf&end_date=2026-11-01", "2026-10-31", "2026-11-01"],
    ["start_date=2026-11-20&end_date=inf", "2026-11-20", "2026-11-20"],
  ])("?%s answers from %s to %s", async (query, first, last) => {
    await using gateway = await gatewayAt();
    await counted(gateway, days(-20, 0));

    const rows: { date: string }[] = await json(gateway, `/statistics/day?${query}`);

    expect([rows[0]?.date, rows.at(-1)?.date]).toEqual([first, last]);
  });

  test("answers nothing for days before the first one there is", async () => {
    await using gateway = await gatewayAt();

    expect(await json(gateway, "/statistics/day?end_date=-inf")).toEqual([]);
  });

  test.each(["start_date=2027-01-01", "start_date=2026-11-10&end_date=2026-11-09"])(
    "counts ?%s and calls it a conflict",
    async (query) => {
      await using gateway = await gatewayAt();

      const answer = await gateway.get(`/statistics/day?${query}`);

      expect([answer.status, await answer.json()]).toEqual([409, { message: "conflicting request", error_id: 3 }]);
      expect(await countsOf(gateway)).toEqual({ "/statistics/day/": 1 });
    },
  );
});

describe("GET /statistics/delay", () => {
  test("averages the newest twenty of answers with a file, and of transfers that came to a good end", async () => {
    await using gateway = await gatewayAt();
    expect(await json(gateway, "/statistics/delay")).toEqual({ fast: 0, full: 0 });
    const took = (kind: Duration["kind"], ms: number): Duration[] =>
      Array.from({ length: 15 }, (_, n) => ({ kind, at: NOW - n, ms }));
    await counted(gateway, [], [...took("download_steam_ok", 10), ...took("steam_ok", 901), ...took("steam_error", 9)]);
    await counted(gateway, [], [{ kind: "download_local_ok", at: 1, ms: 1e9 }]);
    await counted(gateway, [], took("download_local_ok", 21));

    const answer = await gateway.get("/statistics/delay");

    expect(await answer.text()).toBe('{"fast":15,"full":901}');
  });
});

describe("GET /statistics/info/all", () => {
  test("sums up the library, and nothing that was sent stays out of it", async () => {
    await using gateway = await gatewayAt();
    const { version } = await gateway.addArchive();
    await gateway.deps.catalogue.saveApp(anApp(294100, { genres: [{ id: 1, name: "Indie" }] }), NOW);
    const before = await gateway.get("/statistics/info/all");
    await gateway.get(`/download/${version.mod}`);

    const after = await json(gateway, "/statistics/info/all");

    expect(await before.text()).toBe(
      '{"mods":1,"games":1,"genres":1,"mods_tags":2,"mods_dependencies":0,"statistics_days":1,"mods_sent_count":0}',
    );
    expect(after).toMatchObject({ mods_sent_count: 1 });
  });

  test("knows no sum where there is no game", async () => {
    await using gateway = await gatewayAt();

    expect(await json(gateway, "/statistics/info/all")).toMatchObject({ games: 0, mods_sent_count: null });
  });

  test("counts today as a day from its first moment, and days that are stored late", async () => {
    await using gateway = await gatewayAt();
    await counted(gateway, [["start", TODAY - 5 * DAY_MS, 1]]);
    const daysNow = async () => (await json(gateway, "/statistics/info/all")).statistics_days;

    expect(await daysNow()).toBe(2);
    await gateway.deps.counters.flush();
    expect(await daysNow()).toBe(2);
    gateway.tick(DAY_MS);
    expect(await daysNow()).toBe(3);
    await counted(gateway, [["start", TODAY - DAY_MS, 1]]);
    expect(await daysNow()).toBe(4);
  });

  test("is made once while nothing changes, and is not sent to who has it", async () => {
    await using gateway = await gatewayAt();
    const { shelf } = gateway.deps;
    const { summary } = shelf;
    let made = 0;
    shelf.summary = () => {
      made += 1;
      return summary();
    };
    const first = await gateway.get("/statistics/info/all");

    const again = await gateway.get("/statistics/info/all", { "if-none-match": first.headers.get("etag") ?? "" });

    expect([first.status, again.status, made]).toEqual([200, 304, 1]);
    expect(await countsOf(gateway)).toEqual({ "/statistics/info/all/": 2 });
  });
});

describe("GET /statistics/info/type_map", () => {
  test.each(["ru", "en;q=0.9,ru;q=0.1", "ru-RU", "en", "", null])(
    "answers in the one language it has for %j",
    async (languages) => {
      await using gateway = await gatewayAt();

      const answer = await gateway.get(
        "/statistics/info/type_map",
        languages === null ? {} : { "accept-language": languages },
      );

      const { language, result } = await answer.json();
      expect([answer.status, language]).toEqual([200, "ru"]);
      expect(Object.entries(result)[0]).toEqual(["start", "Запусков сервера"]);
      expect(Object.keys(result)).toHaveLength(23);
    },
  );
});

test("HEAD of the statistics counts nothing", async () => {
  await using gateway = await gatewayAt();

  for (const path of ["hour", "day", "delay", "info/all", "info/type_map"]) {
    const answer = await gateway.send("HEAD", `/statistics/${path}`);
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  }

  expect(await countsOf(gateway)).toEqual({});
});
