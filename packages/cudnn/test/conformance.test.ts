import { conformance } from "@batchnorm/conformance";
import type { Backend } from "@batchnorm/core";
import { describe, test } from "vitest";
import { cudnn } from "../src/index.ts";
import { standInBackend, standInMissing } from "./support/standIn.ts";

/**
 * What no legacy call of cuDNN can do. Each is shown to fail: once something else does it, this list is
 * wrong and the test says so.
 */
const BEYOND_CUDNN: readonly string[] = [
  // cudnnActivationBackward gives 0 where y is NaN, whatever the descriptor says about NaN.
  "rule 19: the mask comes from the stored y: 0 where y ≤ 0, and NaN passes",
];

const runner = {
  test(name: string, run: () => Promise<void>) {
    test(name, { timeout: 60_000, fails: BEYOND_CUDNN.includes(name) }, run);
  },
  skip: (name: string, reason: string) => test.skip(`${name} (${reason})`),
};

function suite(name: string, backend: Backend): void {
  describe(name, async () => {
    await conformance(runner, backend);
  });
}

if (standInMissing === null) {
  suite("plumbing against the stand-in, not cuDNN", standInBackend());
} else {
  test.skip(`plumbing against the stand-in, not cuDNN (${standInMissing})`);
}

const probe = await cudnn().probe();
for (const engine of ["cudnn", "fused", "auto"] as const) {
  if (probe.available) suite(`engine ${engine}, ${probe.found}`, cudnn({ engine }));
  else test.skip(`engine ${engine} (${probe.found})`);
}
