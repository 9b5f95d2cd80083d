import type { RuntimeError } from "@batchnorm/core";
import type { TrainingJob } from "../sabotage.js";
import type { Broken } from "./broken.js";

const NO_ERROR = "rule 12: ordinary values leave no runtime error";
const CLOCK = "timing: is finite, not negative, and longer for much work than for none";
const PLACE = "timing: the work is called once, at once, and takes effect at its place";
const overflow: RuntimeError = { code: 1007, name: "OVERFLOW", text: "a sum overflowed" };

/** Wrong runtime errors, and a wrong clock. */
export const brokenDevice: readonly Broken[] = [
  {
    name: "reports a runtime error where nothing went wrong",
    caughtBy: [NO_ERROR],
    create: () => ({ queryRuntimeError: () => overflow }),
  },
  {
    name: "overflows on large values in spatialPersistent and does not report it",
    caughtBy: [
      "rule 12: large finite values in spatialPersistent give right results or a runtime error",
    ],
    create: () => ({ forwardTraining: overflowOnLargeValues }),
  },
  {
    name: "reports of an overflow the code alone",
    caughtBy: [
      "rule 12: large finite values in spatialPersistent give right results or a runtime error",
    ],
    create: () => ({
      forwardTraining: overflowOnLargeValues,
      queryRuntimeError: () => ({ ...overflow, name: "" }),
    }),
  },
  {
    name: "measures 0 for everything",
    caughtBy: [CLOCK],
    create: () => ({
      timing: {
        async measure(work) {
          work();
          return 0;
        },
      },
    }),
  },
  {
    name: "calls what it measures only when the clock has started",
    caughtBy: [PLACE],
    create: () => ({
      timing: {
        async measure(work) {
          await undefined;
          work();
          return 1;
        },
      },
    }),
  },
  {
    name: "calls what it measures twice, the first time to warm up",
    caughtBy: [PLACE],
    create: () => ({
      timing: {
        async measure(work) {
          work();
          work();
          return 1;
        },
      },
    }),
  },
  {
    name: "swallows what measured work throws",
    caughtBy: ["timing: what the work throws rejects, and the next measurement works"],
    create: () => ({
      timing: {
        async measure(work) {
          try {
            work();
          } catch {}
          return 1;
        },
      },
    }),
  },
];

/** As persistent kernels do that sum in a type too small. */
async function overflowOnLargeValues(job: TrainingJob): Promise<void> {
  const { spec, call, proceed, host } = job;
  const x = await host.read(call.x, spec.x);
  proceed();
  if (spec.mode !== "spatialPersistent" || !x.some((value) => Math.abs(value) > 1e10)) return;
  await host.map(call.y, spec.x, () => Number.NaN);
}
