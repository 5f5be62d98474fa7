import { expect, test } from "vitest";
import { createPace, formatSeconds } from "./progress-pace.ts";

function bench() {
  let time = 0;
  const pace = createPace(() => time);
  return (ms: number, bytes: number, total: number | null = 100_000_000) => {
    time += ms;
    return pace.text(bytes, total);
  };
}

test("createPace() tells speed and time left once it can", () => {
  const after = bench();

  expect(after(0, 0)).toBe("");
  expect(after(500, 1_000_000)).toBe("");
  expect(after(500, 2_000_000)).toBe(", 2.0 MB/s, 49 s left");
  expect(after(1_000, 4_000_000, null)).toBe(", 2.0 MB/s");
});

test("createPace() follows the last seconds", () => {
  const after = bench();
  for (let second = 0; second <= 20; second += 1) after(1_000, second * 1_000_000);

  for (let second = 0; second < 6; second += 1) after(1_000, 20_000_000);
  expect(after(1_000, 20_000_000)).toBe(", 0 bytes/s");
});

test("createPace() begins anew where a download does", () => {
  const after = bench();
  after(0, 50_000_000);

  expect(after(2_000, 0)).toBe("");
  expect(after(2_000, 2_000_000)).toBe(", 1.0 MB/s, 2 min left");
});

test.each([
  [0, "0 s"],
  [-5, "0 s"],
  [59.2, "1 min"],
  [58.2, "59 s"],
  [61, "2 min"],
  [3_600, "1 h 0 min"],
  [11_100, "3 h 5 min"],
])("formatSeconds() shows %d as %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
