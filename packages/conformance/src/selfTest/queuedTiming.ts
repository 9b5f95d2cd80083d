import type { DeviceTiming } from "@batchnorm/core";
import type { WorkQueue } from "./workQueue.js";

/** The clock of a queue: a millisecond is a job, so that times do not depend on the machine. */
export function queuedTiming(queue: WorkQueue): DeviceTiming {
  return {
    async measure(work) {
      const now = () => queue.run(() => queue.jobsDone);
      const start = now();
      try {
        work();
      } catch (error) {
        await Promise.allSettled([start]);
        throw error;
      }
      const [from, to] = await Promise.all([start, now()]);
      return to - from - 1; // the job that read the clock
    },
  };
}
