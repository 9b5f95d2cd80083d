import type { Options } from "tsup";
import { build } from "../../tooling/build.ts";

export default {
  ...build,
  platform: "node",
  // Where the file lies, which the addon is looked for from, has another name in each format.
  esbuildOptions(options, { format }) {
    if (format === "cjs") options.define = { ...options.define, "import.meta.url": "__filename" };
  },
} satisfies Options;
