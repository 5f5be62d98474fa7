import { expect, test } from "vitest";
import { parseSecret, webhookHeaders } from "./sign.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const message = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: 1_614_265_330_999, body: '{"test": 2432232314}' };

test("webhookHeaders() signs as the example of Standard Webhooks does", () => {
  expect(webhookHeaders({ ...message, key: parseSecret(SECRET) })).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("webhookHeaders() signs nothing without a key", () => {
  expect(Object.keys(webhookHeaders({ ...message, key: null }))).toEqual(["webhook-id", "webhook-timestamp"]);
});

test("parseSecret() takes base64 with or without the prefix and nothing else", () => {
  expect(parseSecret(SECRET.slice(6))).toEqual(parseSecret(SECRET));
  for (const secret of ["", "whsec_", "not base64!", "whsec_ä"]) expect(parseSecret(secret), secret).toBe(null);
});
