import { expect, test } from "vitest";
import { clientAddress, isLoopbackAddress, isPrivateAddress, networkOf } from "./network.ts";

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:cb00:7107", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["[2001:db8:1:2::1]", "2001:db8:1:2::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
])("networkOf() of %s is %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test.each(["", "unknown", "1.2.3", "1.2.3.4.5", "1.2.3.256", "12345::", "::1::", "example.com"])(
  "networkOf() of %j is null",
  (junk) => {
    expect(networkOf(junk)).toBeNull();
  },
);

test.each([
  ["127.0.0.1", true],
  ["10.255.0.1", true],
  ["172.16.0.1", true],
  ["172.32.0.1", false],
  ["192.168.1.1", true],
  ["169.254.1.1", true],
  ["::1", true],
  ["::ffff:10.0.0.1", true],
  ["fd00::1", true],
  ["fe80::1%eth0", true],
  ["2001:db8::1", false],
  ["203.0.113.7", false],
  ["junk", false],
])("isPrivateAddress() of %s is %s", (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});

test.each([
  ["127.0.0.1", true],
  ["127.8.8.8", true],
  ["::1", true],
  ["[::1]", true],
  ["::ffff:127.0.0.1", true],
  ["::", false],
  ["10.0.0.1", false],
  ["localhost", false],
])("isLoopbackAddress() of %s is %s", (address, isLoopback) => {
  expect(isLoopbackAddress(address)).toBe(isLoopback);
});

test.each([
  ["a public peer is itself, whatever it claims", "203.0.113.7", "198.51.100.1", "203.0.113.7"],
  ["a proxy without the header is itself", "127.0.0.1", null, "127.0.0.1"],
  ["the entry the proxy wrote counts, not what the client sent", "10.0.0.2", "1.1.1.1, 198.51.100.1", "198.51.100.1"],
  ["a chain of private proxies is walked", "10.0.0.2", "198.51.100.1, 192.168.0.9,10.0.0.3", "198.51.100.1"],
  ["a client in the same private network is its own address", "127.0.0.1", "192.168.0.9", "192.168.0.9"],
  ["junk ends the walk", "127.0.0.1", "198.51.100.1, unknown, 10.0.0.3", "10.0.0.3"],
  ["an empty header is none", "127.0.0.1", "", "127.0.0.1"],
])("clientAddress(): %s", (_, peer, forwardedFor, address) => {
  expect(clientAddress(peer, forwardedFor)).toBe(address);
});
