import { mergeConfig } from "vitest/config";
import { project } from "../../tooling/project.ts";

// Every example is a process of its own, and all of them are type-checked at once.
export default mergeConfig(project("readme"), {
  test: { testTimeout: 60_000, hookTimeout: 60_000 },
});
