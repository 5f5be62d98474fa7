import type { LookupFunction } from "node:net";
import { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { CONTENT, QUICK_LIMITS, serve, serving } from "../../../test/http-file-server.ts";
import { HTTP_LIMITS } from "../options.ts";
import { type Found, findSources } from "./find-sources.ts";
import { createHostSeats } from "./host-seats.ts";

const NOWHERE = "http://nowhere.test/map.zip";

/** Names that a resolver does not find, with this code; the names are kept in the order in which they were looked up. */
async function found(urls: readonly string[], { code = "ENOTFOUND", resumesMax = 2 } = {}) {
  const names: string[] = [];
  const lookup: LookupFunction = (name, _, answer) => {
    names.push(name);
    answer(Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code }), "", 0);
  };
  const agent = new Agent({ connect: { lookup } });
  onTestFinished(() => agent.destroy());
  const limits = { ...HTTP_LIMITS, ...QUICK_LIMITS, resumesMax };
  const search = { urls, fallbackName: "file", acceptPages: false, skipHead: true, together: false };
  const reach = { agent, allowPrivate: true, limits, seats: createHostSeats() };
  const answer: Found = await findSources(search, reach, new AbortController().signal);
  return { names, answer };
}

describe("findSources()", () => {
  test("findSources() looks up a name that does not exist once more, and says so", async () => {
    const { names, answer } = await found([NOWHERE], { resumesMax: 9 });

    expect(names).toEqual(["nowhere.test", "nowhere.test"]);
    expect(answer).toMatchObject({ ok: false, failure: { code: "source_unreachable" } });
    expect(answer).toMatchObject({ failure: { detail: expect.stringContaining("ENOTFOUND nowhere.test") } });
  });

  test("findSources() keeps asking while the resolver does not answer", async () => {
    const { names, answer } = await found([NOWHERE], { code: "EAI_AGAIN", resumesMax: 5 });

    expect(names).toHaveLength(6);
    expect(answer).toMatchObject({ failure: { detail: expect.stringContaining("EAI_AGAIN") } });
  });

  test("findSources() takes a mirror where the first address has no such name", async () => {
    const { url } = await serving(serve(CONTENT));

    const { answer } = await found([NOWHERE, url]);

    expect(answer).toMatchObject({ ok: true, files: [{ url }] });
  });

  test.each([500, 502])("findSources() says what a server answers that fails, %s", async (status) => {
    const { url, requests } = await serving((_, response) => void response.writeHead(status).end());

    const { answer } = await found([url]);

    const detail = `${url} answered ${status}`;
    expect(answer).toEqual({ ok: false, failure: { code: "source_unreachable", detail } });
    expect(requests).toHaveLength(3);
  });
});
