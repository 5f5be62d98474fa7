import { Agent, request } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { CONTENT, serve, serving } from "../../../test/http-file-server.ts";
import { overhear } from "./overhear.ts";

test("overhear() tells answers and errors, and lets everything pass", async () => {
  const { url } = await serving(serve(CONTENT, { headers: { "content-type": "application/zip" } }));
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const heard: unknown[] = [];
  const dispatcher = overhear(agent, {
    onAnswer: (status, type) => heard.push([status, type]),
    onError: (error) => heard.push(error),
  });

  const answer = await request(url, { dispatcher });
  expect(await answer.body.text()).toBe(CONTENT);
  const failed = await request("http://127.0.0.1:1/", { dispatcher }).catch((error: unknown) => error);

  expect(heard).toEqual([[200, "application/zip"], failed]);
  expect(failed).toMatchObject({ code: "ECONNREFUSED" });
});
