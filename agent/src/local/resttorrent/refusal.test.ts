import { expect, test } from "vitest";
import { restTorrentRefusal } from "./refusal.ts";

const REFUSED = { status: 403, title: "Not from here" };

test("restTorrentRefusal() speaks this door's form, which any page may read", () => {
  expect(restTorrentRefusal(REFUSED, "/v1/sessions?callback=alert(1)")).toEqual({
    type: "application/json",
    headers: { "access-control-allow-origin": "*", "cache-control": "no-store", "x-content-type-options": "nosniff" },
    body: '{"status":"fail","error":{"code":"origin.refused","message":"Not from here"}}',
  });
});

test("restTorrentRefusal() speaks to scripts, too", () => {
  const { type, body } = restTorrentRefusal(REFUSED, "/v1/sessions?callback=&callback=app.cb");

  expect(type).toBe("application/javascript; charset=utf-8");
  expect(body).toMatch(/^app\.cb\(\{"status":"fail"/);
});

test.each([
  [401, "token.missing"],
  [421, "host.refused"],
  [431, "request.broken"],
  [500, "agent.failed"],
])("restTorrentRefusal() has a code for %i", (status, code) => {
  expect(restTorrentRefusal({ status, title: "" }, "").body).toContain(`"${code}"`);
});
