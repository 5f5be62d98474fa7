import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("node.ts ends well when nobody reads what it prints", async () => {
  const main = fileURLToPath(new URL("./node.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "openapi"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();

  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);

  expect(complaints).toBe("");
  expect(code).toBe(0);
});
