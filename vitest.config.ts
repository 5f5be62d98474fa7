import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{protocol,gateway,agent,deploy}/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
