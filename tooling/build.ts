import type { Options } from "tsup";

/** One build for every public package: ESM, CJS and types for each, with source maps. */
export const build = {
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  target: "es2022",
  platform: "neutral",
  // One file per entry: what is imported is what is loaded.
  splitting: false,
  sourcemap: true,
  clean: true,
  // Types of a dependency are read from its build, as a user will see them.
  dts: { compilerOptions: { customConditions: [] } },
} satisfies Options;
