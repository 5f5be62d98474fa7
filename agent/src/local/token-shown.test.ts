import { Secret } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { tokenShown } from "./token-shown.ts";

const TOKEN = "secret:with/signs+of=all";
const basicOf = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
const shown = (authorization: string | undefined, url = "/"): string =>
  tokenShown({ headers: { ...(authorization !== undefined && { authorization }) }, url }, new Secret(TOKEN));

describe("tokenShown()", () => {
  test.each([
    [`Bearer ${TOKEN}`, "on purpose"],
    [`bearer   ${TOKEN}`, "on purpose"],
    [basicOf(`:${TOKEN}`), "by a browser"],
    [basicOf(`anybody:${TOKEN}`), "by a browser"],
    [basicOf(TOKEN), "none"],
    [basicOf(`${TOKEN}:`), "none"],
    ["Basic ????", "none"],
    [`Bearer ${TOKEN}x`, "none"],
    [`Bearer ${TOKEN.slice(1)}`, "none"],
    [`Bearer ${"x".repeat(10_000)}`, "none"],
    ["Bearer", "none"],
    ["", "none"],
    [TOKEN, "none"],
    [`Digest ${TOKEN}`, "none"],
    [undefined, "none"],
  ])("tokenShown() of %s is %s", (authorization, expected) => {
    expect(shown(authorization)).toBe(expected);
  });

  test.each([
    [`/?token=${encodeURIComponent(TOKEN)}`, "on purpose"],
    [`/socket.io/?EIO=4&token=${encodeURIComponent(TOKEN)}&transport=websocket`, "on purpose"],
    [`/?token=wrong&token=${encodeURIComponent(TOKEN)}`, "none"],
    [`/?mytoken=${encodeURIComponent(TOKEN)}`, "none"],
    ["/?token=", "none"],
    ["//?token=", "none"],
  ])("tokenShown() in %s is %s", (url, expected) => {
    expect(shown(undefined, url)).toBe(expected);
  });

  test("tokenShown() finds the right one beside a wrong one", () => {
    expect(shown("Bearer wrong", `/?token=${encodeURIComponent(TOKEN)}`)).toBe("on purpose");
    expect(shown(basicOf("me:wrong"), `/?token=${encodeURIComponent(TOKEN)}`)).toBe("on purpose");
  });

  test("tokenShown() takes nothing where there is no token", () => {
    expect(tokenShown({ headers: { authorization: "Bearer null" }, url: "/?token=" }, null)).toBe("none");
  });
});
