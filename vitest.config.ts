import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      "packages/*/vitest.config.ts",
      "native/vitest.config.ts",
      "docs/examples/*/vitest.config.ts",
      "tests/*/vitest.config.ts",
    ],
  },
});
