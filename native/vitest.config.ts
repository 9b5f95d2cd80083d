import { mergeConfig } from "vitest/config";
import { project } from "../tooling/project.ts";

export default mergeConfig(project("@batchnorm/native"), {
  test: { globalSetup: "test/support/setup.ts", testTimeout: 60_000, hookTimeout: 120_000 },
});
