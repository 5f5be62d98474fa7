import { expect, test } from "vitest";
import { isPublicHost } from "./public-host.ts";

test.each([
  ...["host.example", "8.8.8.8:81", "[2606:4700::1111]:443", "localhost.example", "127.0.0.1.example", "ünï.example"],
  ...["1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "223.255.255.255", "[2a00::1]"],
])("isPublicHost() lets %s pass", (host) => {
  expect(isPublicHost(host)).toBe(true);
});

test.each([
  ...[
    "localhost",
    "LOCALHOST:80",
    "localhost.",
    "a.localhost",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
  ],
  ...[
    "127.0.0.1.",
    "１２７.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
  ],
  ...["198.18.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]"],
  ...["[fe80::1]", "[fd00::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]", "[2001::1]"],
  ...["", "a b", "[::1", "300.1.1.1", ":80"],
])("isPublicHost() stops %s", (host) => {
  expect(isPublicHost(host)).toBe(false);
});
