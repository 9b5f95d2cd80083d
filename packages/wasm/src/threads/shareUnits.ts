import { claimUnits } from "./claimUnits.js";
import {
  ACTIVE,
  CALL,
  DATA_TYPE,
  FAILED,
  GENERATION,
  GRAIN,
  NEXT,
  NOTHING_LEFT,
  PHASE,
  STOP,
  UNITS,
} from "./control.js";
import type { Kernels } from "./executor.js";

/** A step as numbers: what crosses to another thread. */
export interface CodedStep {
  readonly phase: number;
  readonly units: number;
  readonly unitBytes: number;
}

/** Waking another thread pays off from this much memory traffic on. */
const PARALLEL_BYTES = 1 << 17;
/** Pieces each thread claims in a step: enough to even out, few enough to cost nothing. */
const CLAIMS_PER_THREAD = 8;
/** Looks before sleeping: the others end within microseconds. */
const LOOKS = 4000;
/** A thread that has claimed work and stays silent this long is lost. */
const PATIENCE_MS = 30_000;

/**
 * Runs a step in this thread, which may sleep, and in all that sleep on `control`. It never waits for
 * one to wake up, only for those that have claimed work: a thread that died in its sleep costs speed,
 * not results. Returns why the results are lost, or null.
 */
export function shareUnits(
  control: Int32Array,
  kernels: Kernels,
  threads: number,
  dataType: number,
  call: number,
  { phase, units, unitBytes }: CodedStep,
): string | null {
  if (threads === 1 || units < 2 || units * unitBytes < PARALLEL_BYTES) {
    kernels.run(phase, dataType, call, 0, units);
    return null;
  }
  Atomics.store(control, UNITS, units);
  Atomics.store(control, GRAIN, Math.max(1, Math.floor(units / (threads * CLAIMS_PER_THREAD))));
  Atomics.store(control, PHASE, phase);
  Atomics.store(control, DATA_TYPE, dataType);
  Atomics.store(control, CALL, call);
  Atomics.store(control, NEXT, 0);
  wake(control);
  claimUnits(control, kernels);
  Atomics.store(control, NEXT, NOTHING_LEFT);
  return waitForOthers(control);
}

/** Ends every thread that sleeps on `control`. */
export function stopThreads(control: Int32Array): void {
  Atomics.store(control, STOP, 1);
  wake(control);
}

function wake(control: Int32Array): void {
  Atomics.add(control, GENERATION, 1);
  Atomics.notify(control, GENERATION);
}

function waitForOthers(control: Int32Array): string | null {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(control, ACTIVE) === 0) break;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const active = Atomics.load(control, ACTIVE);
    if (active === 0) break;
    Atomics.wait(control, ACTIVE, active, 100);
    if (Date.now() > deadline) return `no answer for ${PATIENCE_MS / 1000} seconds`;
  }
  return Atomics.load(control, FAILED) === 0 ? null : "it has thrown";
}
