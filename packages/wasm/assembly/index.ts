// The module has one entry: `run` does units [first, last) of a phase of a call. Units of a phase are
// independent, so threads may share them; phases follow one another. There is no managed memory:
// TypeScript owns the layout, and every pointer comes from it.

import { Call } from "./call";
import {
  finishBackward,
  prepareFromBatch,
  prepareFromRunning,
  prepareFromSaved,
} from "./columns/backward";
import { finishForward, prepareInference } from "./columns/forward";
import { planeApply } from "./planes/apply";
import { planeGradientSums } from "./planes/gradientSums";
import { planeInputGradient } from "./planes/inputGradient";
import { planeStats } from "./planes/stats";
import { rowApply } from "./rows/apply";
import { rowGradientSums } from "./rows/gradientSums";
import { rowInputGradient } from "./rows/inputGradient";
import { rowStats } from "./rows/stats";

/** In the order of `PHASES` in src/plan/phases.ts. */
const enum Phase {
  // Units are chunks of groups: unit = group · chunks + chunk.
  Stats,
  Apply,
  GradientSums,
  InputGradient,
  InputGradientFixed,
  // Units are columns.
  FinishForward,
  PrepareInference,
  PrepareFromSaved,
  PrepareFromBatch,
  PrepareFromRunning,
  FinishBackward,
  FinishBackwardFixed,
  // Units are groups, each done to the end while it lies in the cache.
  ForwardGroup,
  BackwardGroup,
}

export function run(phase: i32, dataType: i32, pointer: usize, first: u32, last: u32): void {
  const call = changetype<Call>(pointer);
  if (dataType == 0) runTyped<f32>(phase, call, first, last);
  else if (dataType == 1) runTyped<f64>(phase, call, first, last);
  else if (dataType == 2) runTyped<u16>(phase, call, first, last);
  else runTyped<i16>(phase, call, first, last);
}

export function copyBytes(to: usize, from: usize, byteLength: usize): void {
  memory.copy(to, from, byteLength);
}

export function sizeOfCall(): usize {
  return offsetof<Call>();
}

function runTyped<T>(phase: i32, call: Call, first: u32, last: u32): void {
  if (phase <= Phase.InputGradientFixed) {
    for (let unit = first; unit < last; unit++) {
      runChunk<T>(phase, call, unit / call.chunks, chunkOf(phase, call, unit));
    }
  } else if (phase <= Phase.FinishBackwardFixed) {
    runColumns<T>(phase, call, first, last);
  } else {
    for (let group = first; group < last; group++) runGroup<T>(phase, call, group);
  }
}

/** Results go backwards through the chunks: what the sums read last, the cache still holds. */
function chunkOf(phase: i32, call: Call, unit: u32): u32 {
  const k = unit % call.chunks;
  return phase == Phase.Stats || phase == Phase.GradientSums ? k : call.chunks - 1 - k;
}

function runColumns<T>(phase: i32, call: Call, c0: u32, c1: u32): void {
  if (phase == Phase.FinishForward) finishForward<T>(call, c0, c1);
  else if (phase == Phase.PrepareInference) prepareInference<T>(call, c0, c1);
  else if (phase == Phase.PrepareFromSaved) prepareFromSaved<T>(call, c0, c1);
  else if (phase == Phase.PrepareFromBatch) prepareFromBatch<T>(call, c0, c1);
  else if (phase == Phase.PrepareFromRunning) prepareFromRunning<T>(call, c0, c1);
  else finishBackward<T>(call, c0, c1, phase == Phase.FinishBackwardFixed);
}

function runGroup<T>(phase: i32, call: Call, group: u32): void {
  const c0 = group * call.groupColumns;
  const c1 = min(c0 + call.groupColumns, call.columns);
  const forward = phase == Phase.ForwardGroup;
  const sums = forward ? Phase.Stats : Phase.GradientSums;
  const results = forward ? Phase.Apply : Phase.InputGradient;
  for (let k: u32 = 0; k < call.chunks; k++) runChunk<T>(sums, call, group, k);
  runColumns<T>(forward ? Phase.FinishForward : Phase.FinishBackward, call, c0, c1);
  for (let k = call.chunks; k > 0; k--) runChunk<T>(results, call, group, k - 1);
}

function runChunk<T>(phase: i32, call: Call, group: u32, k: u32): void {
  const c0 = group * call.groupColumns;
  const c1 = min(c0 + call.groupColumns, call.columns);
  if (call.inner > 1) {
    runPlanes<T>(phase, call, c0, c1, k);
  } else {
    runRows<T>(phase, call, c0, c1, k);
  }
}

function runPlanes<T>(phase: i32, call: Call, c0: u32, c1: u32, k: u32): void {
  if (phase == Phase.Stats) planeStats<T>(call, c0, c1, k);
  else if (phase == Phase.Apply) planeApply<T>(call, c0, c1, k);
  else if (phase == Phase.GradientSums) planeGradientSums<T>(call, c0, c1, k);
  else planeInputGradient<T>(call, c0, c1, k, phase == Phase.InputGradientFixed);
}

function runRows<T>(phase: i32, call: Call, c0: u32, c1: u32, k: u32): void {
  if (phase == Phase.Stats) rowStats<T>(call, c0, c1, k);
  else if (phase == Phase.Apply) rowApply<T>(call, c0, c1, k);
  else if (phase == Phase.GradientSums) rowGradientSums<T>(call, c0, c1, k);
  else rowInputGradient<T>(call, c0, c1, k, phase == Phase.InputGradientFixed);
}
