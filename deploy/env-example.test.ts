import { readFileSync } from "node:fs";
import { AGENT_VARIABLES, type Environment, GATEWAY_VARIABLES } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { parseConfig as parseAgentConfig } from "../agent/src/config.ts";
import { parseConfig as parseGatewayConfig } from "../gateway/src/config.ts";

const text = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
const pairs = [...text.matchAll(/^#(MODFLEET_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value] as const);
const env: Environment = Object.fromEntries(pairs);

test(".env.example has every variable once, in the order of the config files", () => {
  expect(pairs.map(([name]) => name)).toEqual([...new Set<string>([...GATEWAY_VARIABLES, ...AGENT_VARIABLES])]);
});

test(".env.example holds only values that both programs take", () => {
  expect(parseGatewayConfig(env)).toMatchObject({ ok: true, warnings: [] });
  expect(parseAgentConfig(env, {}, { hostName: "host" })).toMatchObject({ ok: true, warnings: [] });
});

test(".env.example shows the gateway's real defaults", () => {
  const examples = ["MODFLEET_PUBLIC_URL", "MODFLEET_ACCEL_PREFIX"];
  const defaults = Object.fromEntries(pairs.filter(([name]) => !examples.includes(name)));

  expect(parseGatewayConfig(defaults)).toEqual(parseGatewayConfig({}));
});
