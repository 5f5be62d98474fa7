import { expect, test } from "vitest";
import { createProgress } from "./progress.ts";
import { formatBytes } from "./progress-bytes.ts";

function recorder(isTTY: boolean) {
  let text = "";
  let time = 0;
  const output = { isTTY, write: (more: string) => (text += more) };
  return {
    progress: createProgress({ output, now: () => time }),
    text: () => text,
    tick: (ms: number) => (time += ms),
  };
}

test("createProgress() writes a line for each stage and each tenth where nobody sees a bar", () => {
  const { progress, text } = recorder(false);

  progress.stage("Fetching");
  for (let bytes = 0; bytes <= 1_000; bytes += 1) progress.update({ bytes, total: 1_000 });
  progress.stage("Packing");
  progress.stop();

  const lines = text().trimEnd().split("\n");
  expect(lines).toHaveLength(12);
  expect(lines[1]).toBe("Fetching: 10 % (100 bytes of 1.0 kB)");
  expect(lines.at(-1)).toBe("Packing");
});

test("createProgress() writes a line every five seconds while bytes arrive slowly or nobody knows how many", () => {
  const { progress, text, tick } = recorder(false);

  progress.stage("Fetching");
  for (let second = 1; second <= 12; second += 1) {
    tick(1_000);
    progress.update({ bytes: second * 1_000, total: null });
  }
  tick(10_000);
  progress.update({ bytes: 10_000, total: null });

  expect(text()).toBe("Fetching\nFetching: 5.0 kB\nFetching: 10.0 kB\n");
});

test("createProgress() never says more than everything", () => {
  const { progress, text } = recorder(false);

  progress.stage("Fetching");
  progress.update({ bytes: 300, total: 200 });

  expect(text()).toContain("100 % ");
});

test("createProgress() draws a bar on a terminal and gives the cursor back", () => {
  const { progress, text } = recorder(true);

  progress.stage("Fetching");
  progress.update({ bytes: 500, total: 1_000 });
  progress.stop();

  expect(text()).toContain("Fetching [");
  expect(text()).toContain("50 % (500 bytes of 1.0 kB)");
  expect(text().endsWith("\u001b[?25h\n") || text().includes("\u001b[?25h")).toBe(true);
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1_000, "1.0 kB"],
  [4_200_000, "4.2 MB"],
  [5e15, "5000.0 TB"],
])("formatBytes() shows %i as %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
