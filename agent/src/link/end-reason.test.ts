import { CLOSE_CODES } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { endOfClose } from "./end-reason.ts";

test("endOfClose() never comes back where the table says so", () => {
  const never = Object.entries(CLOSE_CODES).filter(([, { code }]) => endOfClose(code, "").comeBackMs === null);

  expect(never.map(([name]) => name)).toEqual([
    "superseded",
    "revoked",
    "unknown_agent",
    "bad_signature",
    "no_common_version",
    "drained",
  ]);
});

test("endOfClose() waits as many milliseconds as a restarting gateway writes, five minutes at most", () => {
  const { code } = CLOSE_CODES.restarting;

  expect(endOfClose(code, "4200")).toMatchObject({ reason: "restarting", comeBackMs: 4_200 });
  expect(endOfClose(code, "999999999").comeBackMs).toBe(300_000);
  expect(endOfClose(code, "soon").comeBackMs).toBe(0);
});

test("endOfClose() takes any other code for a lost connection", () => {
  expect(endOfClose(1006, "")).toEqual({ reason: "connection_lost", detail: "Closed with 1006", comeBackMs: 0 });
});
