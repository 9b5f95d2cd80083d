import { CALL, DATA_TYPE, GRAIN, NEXT, PHASE, UNITS } from "./control.js";
import type { Kernels } from "./executor.js";

/** Claims and runs units until none is left. */
export function claimUnits(control: Int32Array, kernels: Kernels): void {
  for (;;) {
    const grain = Atomics.load(control, GRAIN);
    const first = Atomics.add(control, NEXT, grain);
    const units = Atomics.load(control, UNITS);
    if (first >= units) return;
    const phase = Atomics.load(control, PHASE);
    const dataType = Atomics.load(control, DATA_TYPE);
    const last = Math.min(first + grain, units);
    kernels.run(phase, dataType, Atomics.load(control, CALL), first, last);
  }
}
