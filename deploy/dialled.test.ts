import { expect, test } from "vitest";
import { dialled } from "./dialled.ts";

test("dialled() keeps an address that can be dialled and replaces the one that means every address", () => {
  expect(dialled("http://192.0.2.7:8080")).toBe("http://192.0.2.7:8080");
  expect(dialled("http://[fd00::1]:8080")).toBe("http://[fd00::1]:8080");
  expect(dialled("http://0.0.0.0:9")).toBe("http://127.0.0.1:9");
  expect(dialled("http://[::]:9")).toBe("http://[::1]:9");
});
