import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{protocol,gateway,agent,deploy}/**/*.test.ts"],
    // Twice as many as the smallest machine has cores: half of the slow files wait for other processes.
    maxWorkers: 4,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
