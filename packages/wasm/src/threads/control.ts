/**
 * How the threads of a pool speak with one another: a few shared integers. The thread that has work
 * writes it down, sets NEXT to 0 and wakes the others; everyone, itself included, then claims units
 * until none is left. A thread counts itself in ACTIVE before it claims, and the work is replaced only
 * while nobody is active or could still claim, so that one that wakes up late either takes part in
 * what is going on now or finds nothing to do.
 */
export const GENERATION = 0;
/** The next unit to claim; at NOTHING_LEFT or above there is none. */
export const NEXT = 1;
/** Threads that may be at work on a claimed unit. */
export const ACTIVE = 2;
export const STOP = 3;
/** A thread has thrown. */
export const FAILED = 4;
export const UNITS = 5;
export const GRAIN = 6;
export const PHASE = 7;
export const DATA_TYPE = 8;
export const CALL = 9;
export const NOTHING_LEFT = 1 << 30;

const LENGTH = 16;

export function createControl(): Int32Array {
  const control = new Int32Array(new SharedArrayBuffer(4 * LENGTH));
  Atomics.store(control, NEXT, NOTHING_LEFT);
  return control;
}
