import { expect, test } from "vitest";
import { isPrivateByName, nameIn, shortTarget } from "./address.ts";

test.each([
  "127.0.0.1",
  "[::1]",
  "192.168.1.2:8080",
  "localhost",
  "a.localhost",
  "nas",
  "nas.local",
  "box.lan",
  "x.home.arpa",
])("isPrivateByName() knows http://%s/ for private", (host) => {
  expect(isPrivateByName(`http://${host}/a.zip`)).toBe(true);
});

test.each(["mods.example", "93.184.216.34", "local.example", "localhost.example", "[2606:2800:220:1::1]"])(
  "isPrivateByName() knows http://%s/ for public",
  (host) => {
    expect(isPrivateByName(`http://${host}/a.zip`)).toBe(false);
  },
);

test.each([
  ["http://a.example/x/mod%20one.zip?y=1", "mod one.zip"],
  ["http://a.example/x/%2e%2e%2fetc%2fpasswd", "passwd"],
  ["http://a.example/x/%zz", "%zz"],
  ["http://a.example/", "download"],
  ["http://a.example/ugc/77/", "77"],
])("nameIn() makes of %s the name %s", (url, name) => {
  expect(nameIn(url)).toBe(name);
});

test("shortTarget() makes a target fit beside a bar", () => {
  expect(shortTarget("https://a.example/x/map.zip?y=1")).toBe("map.zip");
  expect(shortTarget("./mod.torrent")).toBe("./mod.torrent");
  expect(shortTarget(`magnet:?xt=urn:btih:${"0".repeat(40)}`)).toBe("magnet:?xt=urn:btih:000000000…");
});
