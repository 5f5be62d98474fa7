import { type Config, parseConfig } from "../src/config.ts";

/** A gateway's configuration with its defaults, on a port of the system's choice, and with what a test says instead. */
export function testConfig(overrides: Partial<Config> = {}): Config {
  const read = parseConfig({ MODFLEET_PORT: "0", MODFLEET_LOG: "error", MODFLEET_ALLOW_PRIVATE_SOURCES: "1" });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return { ...read.config, ...overrides };
}
