import { expect, test } from "vitest";
import { PrivateAddressError } from "../../engine/http/public-address.ts";
import { hindranceOf } from "./describe-file.ts";

const withCode = (code: string, message = "") => Object.assign(new Error(message), { code });

test.each([
  [withCode("ENOTFOUND", "getaddrinfo ENOTFOUND a.example"), "the name is not known"],
  [withCode("ECONNRESET", "read\u001b[2J\nECONNRESET"), "read [2J ECONNRESET"],
  // Of several addresses that all refuse there is only the code.
  [withCode("ECONNREFUSED"), "ECONNREFUSED"],
  [new DOMException("", "TimeoutError"), "no answer yet"],
])("hindranceOf() says what %o is", (error, says) => {
  expect(hindranceOf(error)).toBe(says);
});

test.each([
  new PrivateAddressError("10.0.0.1"),
  withCode("CERT_HAS_EXPIRED"),
  withCode("ERR_TLS_CERT_ALTNAME_INVALID"),
])("hindranceOf() promises no next try after %o", (error) => {
  expect(hindranceOf(error)).toBeNull();
});
