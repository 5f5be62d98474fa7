import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createItemScanner } from "./item-lines.ts";
import { describeVerdict, readTranscript } from "./verdict.ts";

const folder = new URL("./fixtures/", import.meta.url);
const Sample = z.object({
  file: z.string(),
  kind: z.enum(["stdout", "stderr", "workshop_log", "acf"]),
  asked: z.array(z.string()),
  expect: z.string(),
});
const samples = z.array(Sample).parse(JSON.parse(readFileSync(new URL("index.json", folder), "utf8")));
const textOf = (file: string) => readFileSync(new URL(file, folder), "utf8");
const outputs = samples.filter(({ kind }) => kind === "stdout");
const withItems = outputs.filter(({ asked }) => asked.length > 0);

const verdictOf = (text: string, asked: readonly string[]) =>
  describeVerdict(readTranscript({ kind: "stdout", text, asked }));

/** What the engine does with a pipe: chunks as they come. */
function scanned(chunks: readonly string[], asked: readonly string[]) {
  const scanner = createItemScanner(asked);
  for (const chunk of chunks) scanner.push(chunk);
  return new Map(scanner.verdicts(true));
}

function cutAt(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return places.slice(1).map((end, i) => text.slice(places[i], end));
}

describe("readTranscript() on recorded output", () => {
  test("the index lists every sample of the folder", () => {
    const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

    expect(samples.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
  });

  test.each(samples)("$file is $expect", ({ file, kind, asked, expect: expected }) => {
    expect(describeVerdict(readTranscript({ kind, text: textOf(file), asked }))).toBe(expected);
  });

  test.each(outputs)("$file says the same with Windows line ends and colours", ({ file, asked, expect: expected }) => {
    const text = textOf(file).replaceAll("\n", "\x1b[0m\r\n\x1b[1;32m");

    expect(verdictOf(text, asked)).toBe(expected);
  });
});

describe("readTranscript() in general", () => {
  test("gives the same verdict however the pipe cuts the text", () => {
    fc.assert(
      fc.property(fc.constantFrom(...withItems), fc.array(fc.nat(), { maxLength: 12 }), ({ file, asked }, cuts) => {
        const text = textOf(file);

        expect(scanned(cutAt(text, cuts), asked)).toEqual(scanned([text], asked));
      }),
    );
  });

  test("gives the same verdict one character at a time", () => {
    for (const { file, asked } of withItems) {
      const text = textOf(file);

      expect(scanned([...text], asked)).toEqual(scanned([text], asked));
    }
  });

  test("is not changed by noise around the item lines", () => {
    const noise = textOf("noise-lines.txt");
    fc.assert(
      fc.property(
        fc.constantFrom(...withItems),
        fc.nat(400),
        fc.nat(400),
        ({ file, asked, expect: expected }, a, b) => {
          expect(verdictOf(noise.slice(a) + textOf(file) + noise.slice(0, b), asked)).toBe(expected);
        },
      ),
    );
  });

  test("ignores ids that were not asked for", () => {
    for (const { file } of withItems) {
      const { items } = readTranscriptOutput(textOf(file), ["77"]);

      expect([...items]).toEqual([]);
    }
  });

  test("finds an item between megabytes of flood in bounded memory", () => {
    const flood = "src/clientdll/raterecorder.h (70) : ulBytes > m_ulBytesLastSample\n".repeat(20_000);

    const found = scanned([flood, "ERROR! Timeout down", "loading item 42", flood], ["42"]);

    expect(found.get("42")).toEqual({ kind: "timeout" });
  });

  test.each([
    'Success. Downloaded item 42 to "',
    "ERROR! Download item 42 failed (",
    "\n",
    "Steam",
    "Steam Console Client",
    "[----] 1",
    "FAILED (",
    "\x1b[",
    "\x1b]",
    "App '1",
    "ERROR! Failed to install app '1' (",
    " ",
  ])("reads a flood of %j once, not once for each place in it", (piece) => {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));

    // A reader that goes back for each piece needs minutes here and fails by the test's time limit.
    expect(describeVerdict(readTranscript({ kind: "stdout", text, asked: ["42"] }))).not.toContain("success");
  });

  test("never throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom("stdout", "workshop_log", "acf"), (text, kind) => {
        expect(describeVerdict(readTranscript({ kind: toKind(kind), text, asked: ["1"] }))).toEqual(expect.any(String));
      }),
    );
  });
});

const toKind = (kind: string) => Sample.shape.kind.parse(kind);

function readTranscriptOutput(text: string, asked: readonly string[]) {
  const verdict = readTranscript({ kind: "stdout", text, asked });
  if (verdict.kind !== "output") throw new Error("Not an output");
  return verdict;
}

describe("item lines of other eras", () => {
  const asked = ["42"];

  test.each([
    ["a timeout glued to a path", "ERROR! Timeout downloading item 42../common/pipes.cpp (774)", "timeout"],
    ["a digit glued behind a timeout's id", "ERROR! Timeout downloading item 42179 items discarded.", "timeout"],
    ["two spaces behind ERROR!", "ERROR!  Download item 42 failed (Failure).Redirecting stderr", "failure"],
    [
      "a bare carriage return",
      "Downloading item 42 ...\rERROR! Download item 42 failed (Access Denied).\r",
      "access-denied",
    ],
    ["a Windows path", 'Success. Downloaded item 42 to "C:\\agent\\x y\\content\\1\\42" (5 bytes)', "success"],
    ["a quotation mark in a path", 'Success. Downloaded item 42 to "/a "b"/content/1/42" (5 bytes)', "success"],
    ["chunks in the parentheses", 'Success. Downloaded item 42 to "/a/42" (5 bytes after 3 chunks)', "success"],
    [
      "a second try that worked",
      'ERROR! Timeout downloading item 42\nSuccess. Downloaded item 42 to "/a" (1 bytes)',
      "success",
    ],
    [
      "a second try that failed",
      'Success. Downloaded item 42 to "/a" (1 bytes)ERROR! Download item 42 failed (Failure).',
      "failure",
    ],
    ["a reason nobody has seen", "ERROR! Download item 42 failed (Quantum Flux).", "failure"],
    ["a throttle", "ERROR! Download item 42 failed (Rate Limit Exceeded).", "rate-limit"],
    ["a lock", "ERROR! Download item 42 failed (Locking Failed).", "locked"],
    ["another item's longer id", "ERROR! Download item 421 failed (Failure).", "noise"],
    ["a sentence that only looks like one", "Downloaded item 42 failed", "noise"],
  ])("reads %s", (_, text, expected) => {
    expect(verdictOf(text, asked)).toBe(expected);
  });

  test("gives a glued timeout to the longest asked id", () => {
    expect(verdictOf("ERROR! Timeout downloading item 4217Unloading", ["42", "421"])).toBe("timeout:421");
  });

  test("reads path and size of a success", () => {
    const found = scanned(
      ['Success. Downloaded item 42 to "/srv/a/42" (967732550 bytes) Downloading item 43 ...'],
      asked,
    );

    expect(found.get("42")).toEqual({ kind: "success", path: "/srv/a/42", bytes: 967732550 });
  });
});

describe("runs without an item line", () => {
  test.each([
    [
      "a localised update",
      "[  0%] Suche nach Updates...\n[ 12%] Update wird geladen (9.276 von 53.165 KB)...",
      "updating",
    ],
    ["a localised update check", "[  0%] Suche nach verf\ufffdgbaren Updates...\n", "rerun"],
    ["a localised fatal error", "[----] !!! Schwerer Fehler: Steamcmd muss online sein", "fatal:offline-bootstrap"],
    [
      "a missing loader",
      "steamcmd.sh: line 39: /x/linux32/steamcmd: No such file or directory",
      "fatal:missing-32bit-libs",
    ],
    ["a full disk at the update", "Fatal Error: Steam needs 250MB of free disk space to update.", "fatal:disk-full"],
    [
      "a refusal with a number",
      "Logging in user 'x' to Steam Public...FAILED with result code 5",
      "login:invalid-password",
    ],
    ["a throttle of 2019", "FAILED login with result code Rate Limit Exceeded", "login:rate-limit"],
    [
      "a mobile confirmation",
      "Please confirm the login in the Steam Mobile app\nWaiting for confirmation...",
      "login:steam-guard-prompt",
    ],
    ["a two-factor mismatch", "to Steam Public...ERROR (Two-factor code mismatch)", "login:steam-guard-prompt"],
    ["missing credentials", "Cached credentials not found.\n\npassword: ", "login:invalid-password"],
    ["an assertion that says ERROR", "src/x.cpp ERROR (17) : failed", "noise"],
  ])("reads %s", (_, text, expected) => {
    expect(verdictOf(text, ["42"])).toBe(expected);
  });
});
