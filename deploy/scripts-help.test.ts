import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

function run(script: string, ...args: string[]) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

test.each(["--help", "-h"])(
  "npm run client and npm run bench say with %s how they are used, and do nothing",
  (flag) => {
    expect(run("client.ts", flag)).toEqual({ status: 0, stdout: expect.stringContaining("-- --pack"), stderr: "" });
    expect(run("bench.ts", flag)).toEqual({ status: 0, stdout: expect.stringMatching(/^Names: .*, /m), stderr: "" });
  },
);

test("npm run client and npm run bench refuse what they do not know", () => {
  expect(run("client.ts", "--pakc")).toMatchObject({
    status: 2,
    stdout: "",
    stderr: expect.stringContaining("--pack"),
  });
  expect(run("bench.ts", "nothing")).toMatchObject({
    status: 2,
    stdout: "",
    stderr: expect.stringContaining("nothing"),
  });
});
