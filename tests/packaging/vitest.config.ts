import { mergeConfig } from "vitest/config";
import { project } from "../../tooling/project.ts";

// Packing, installing and publishing take seconds each, more on a busy machine.
export default mergeConfig(project("packaging"), {
  test: { globalSetup: ["test/installed.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});
