import { defineConfig } from "tsup";

/** The harness, and one program for each participant that runs on Node: nothing shares a process. */
export default defineConfig({
  entry: [
    "src/main.ts",
    "src/children/backend.ts",
    "src/children/copy.ts",
    "src/children/copyHelper.ts",
    "src/children/onnxruntime.ts",
    "src/children/tfjs.ts",
  ],
  format: "esm",
  target: "es2022",
  platform: "node",
  sourcemap: true,
  clean: true,
});
