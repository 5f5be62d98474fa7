import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seeded } from "../../bench/seeded.ts";
import { type Answer, ask } from "./ask.ts";
import { type CompatLibrary, compatLibrary } from "./compat-library.ts";

let library: CompatLibrary;
beforeAll(async () => {
  library = await compatLibrary({});
});
afterAll(() => library[Symbol.asyncDispose]());

/** Whatever was asked: no fault of ours, the interface's own form, open to every origin. */
function checkForm(target: string, { status, headers, body }: Answer): void {
  const about = { target: target.slice(0, 200), status };
  expect(about).toEqual({ ...about, status: expect.toBeOneOf([200, 202, 307, 404, 409, 412, 413, 422, 503]) });
  expect({ ...about, origin: headers["access-control-allow-origin"] }).toEqual({ ...about, origin: "*" });
  if (status === 307 || headers["content-type"] !== "application/json") return;
  const json: unknown = JSON.parse(body.toString("utf8"));
  const isRefusal = status >= 400;
  const keys = Object.keys(Object(json));
  expect({ ...about, isInForm: !isRefusal || keys.includes("detail") || keys.includes("error_id") }).toEqual({
    ...about,
    isInForm: true,
  });
}

async function checkAll(targets: readonly string[]): Promise<void> {
  for (const target of targets) checkForm(target, await ask(library.origin, { target }));
}

const json = (value: unknown): string => encodeURIComponent(JSON.stringify(value));
const nested = (depth: number): string => encodeURIComponent("[".repeat(depth) + "]".repeat(depth));
const IDS = ["-1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "9".repeat(400), "1e999"];
const TEXTS = [
  ...[
    "%00",
    "%FF%FE",
    "%ED%A0%80",
    "%",
    "%2",
    "%zz",
    "%25",
    "%5C",
    "%27%20OR%201%3D1--",
    "%3Cscript%3Ealert(1)%3C/script%3E",
  ],
  ...[
    "%F0%9F%9A%80",
    "%E2%80%AE",
    "%0d%0aset-cookie:x=1",
    "'",
    '"',
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f",
    "%u0041",
    "+",
    "&&==",
    "NaN",
  ],
];

describe("PyTorrent's doors answer hostile input in their own form", () => {
  test("ids beyond 64 bits, signs and exponents", async () => {
    const doors = [
      "/info/mod/",
      "/info/game/",
      "/list/tags/",
      "/list/resources_mods/",
      "/download/",
      "/download/steam/",
    ];
    const v1 = ["/v1/info/mod/", "/v1/info/game/", "/v1/download/steam/"];
    await checkAll([...doors, ...v1].flatMap((door) => IDS.map((id) => `${door}${id}`)));
    await checkAll(IDS.flatMap((id) => [`/condition/mod/[${id}]`, `/list/mods/?games=[${id}]&tags=[${id}]`]));
    await checkAll(IDS.flatMap((id) => [`/list/mods/?page=${id}&page_size=3`, `/list/games/?page=${id}`]));
    await checkAll(IDS.map((id) => `/v1/list/mods/${id}/${id}/${id}/ALL`));
  });

  test("broken encodings, SQL and HTML in every place where text goes", async () => {
    const places = (text: string): string[] => [
      ...[
        `/list/mods/?name=${text}`,
        `/list/games/?name=${text}`,
        `/list/mods/?sort=${text}`,
        `/list/mods/?tags=${text}`,
      ],
      ...[
        `/list/mods/?primary_sources=["${text.replaceAll('"', "%22")}"]`,
        `/list/resources_mods/1?types_resources=${text}`,
      ],
      ...[
        `/condition/mod/${text}`,
        `/info/mod/${text}`,
        `/download/${text}`,
        `/download/steam/${text}`,
        `/list/tags/${text}`,
      ],
      ...[`/statistics/day?start_date=${text}`, `/statistics/hour?start_hour=${text}`, `/v1/list/games/5/0/${text}`],
      ...[
        `/v1/list/mods/5/0/294100/${text}`,
        `/list/genres?page_size=${text}`,
        `/list/mods/?${text}`,
        `/list/mods/?${text}=1`,
      ],
    ];
    await checkAll(TEXTS.flatMap((text) => places(text.replaceAll('"', "%22"))));
  });

  test("lists that are long, deep or of odd things", async () => {
    const odd = [
      [{}],
      [[]],
      [null],
      [true],
      [1.5],
      [""],
      ["x".repeat(5_000)],
      [-1],
      [2 ** 70],
      Array(31).fill(1),
      { a: 1 },
    ];
    const lists = [...odd.map(json), nested(500), nested(20_000), "[1,", "[NaN]", "[1e400]", "%5B%22%5Cud800%22%5D"];
    const names = ["tags", "games", "primary_sources"];
    await checkAll(lists.flatMap((list) => names.map((name) => `/list/mods/?page_size=2&${name}=${list}`)));
    await checkAll(lists.flatMap((list) => ["genres", "type_app"].map((name) => `/list/games/?${name}=${list}`)));
    await checkAll(lists.map((list) => `/condition/mod/${list}`));
    await checkAll(lists.map((list) => `/list/resources_mods/3536113588?types_resources=${list}`));
  });

  test("dates that are none", async () => {
    const dates = [
      ...[
        "0000-00-00",
        "9999-12-31",
        "0001-01-03",
        "2026-13-01",
        "2026-02-29",
        "99999-01-01",
        "1e30",
        "-1e30",
        "nan",
        "inf",
        "-1",
      ],
      ...["1793000000000", "2026-1-5", "%202026-01-05", "2026-01-05T00:00:00", "%D9%A1", "1_0", "0x10"],
    ];
    await checkAll(dates.flatMap((day) => [`/statistics/day?start_date=${day}`, `/statistics/day?end_date=${day}`]));
    await checkAll(dates.map((day) => `/statistics/hour?select_date=${day}`));
  });

  test("thousands of parameters and addresses as long as the server takes them", async () => {
    await checkAll([
      `/list/mods/?${"a=1&".repeat(20_000)}page_size=2`,
      `/list/mods/?${"tags=%5B1%5D&".repeat(8_000)}`,
      `/list/mods/?name=${"%25a".repeat(30_000)}`,
      `/list/mods/?name=${"x".repeat(100_000)}`,
      `/info/mod/${"1".repeat(100_000)}`,
      `/list/${"/".repeat(100_000)}`,
    ]);
  });

  test("anything at all", async () => {
    const random = seeded(99);
    const pieces = [
      "/",
      "list",
      "mods",
      "games",
      "?",
      "&",
      "=",
      "[",
      "]",
      "%22",
      "%5B",
      "1",
      "-",
      "page",
      "tags",
      "v1",
      "%00",
      "é",
    ];
    const targets = Array.from({ length: 400 }, () => {
      const start = random.of([
        "/list/mods/",
        "/list/games/",
        "/info/mod/",
        "/condition/mod/",
        "/download/",
        "/v1/",
        "/statistics/",
      ]);
      const rest = Array.from({ length: random.below(12) }, () => random.of(pieces)).join("");
      return start + encodeURI(decodeURIComponent(rest));
    });
    await checkAll(targets);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE"])("%s is not a method of theirs", async (method) => {
    for (const target of ["/list/mods/", "/info/mod/1", "/download/1", "/download/steam/1", "/v1/info/mod/1"]) {
      const answer = await ask(library.origin, { method, target });

      expect({ target, status: answer.status }).toEqual({ target, status: 405 });
      expect(JSON.parse(answer.body.toString("utf8"))).toEqual({ detail: "Method Not Allowed" });
    }
  });
});
