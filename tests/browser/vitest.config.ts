import { mergeConfig } from "vitest/config";
import { project } from "../../tooling/project.ts";

// A browser starts in seconds, and runs the whole suite several times.
export default mergeConfig(project("browser"), {
  test: { testTimeout: 120_000, hookTimeout: 120_000 },
});
