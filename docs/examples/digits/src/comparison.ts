import { setImmediate } from "node:timers/promises";
import type { Batch } from "./batches.js";
import type { Digits } from "./digits.js";
import { evaluate } from "./evaluate.js";
import type { Network } from "./network.js";
import { trainStep } from "./trainStep.js";

/** A network in training and how well it did so far. */
export class Contestant {
  readonly name: string;
  readonly network: Network;
  readonly curve: CurvePoint[] = [];
  /** Training time without evaluation. */
  seconds = 0;

  constructor(name: string, network: Network) {
    this.name = name;
    this.network = network;
  }
}

export interface CurvePoint {
  readonly step: number;
  /** On the test digits used during training: 0 to 1. */
  readonly accuracy: number;
}

export interface ComparisonOptions {
  readonly steps: number;
  readonly learningRate: number;
  /** Every contestant gets each of them. */
  readonly batches: Iterator<Batch, never>;
  readonly testDigits: Digits;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number) => void;
}

/** Trains all contestants side by side and adds to their curves. */
export async function compare(
  contestants: readonly Contestant[],
  { steps, learningRate, batches, testDigits, signal, onStep }: ComparisonOptions,
): Promise<void> {
  const evaluations = evaluationSteps(steps);
  for (let step = 0; step <= steps; step++) {
    if (step > 0) {
      const batch = batches.next().value;
      for (const contestant of contestants) {
        const started = performance.now();
        await trainStep(contestant.network, batch, learningRate);
        contestant.seconds += (performance.now() - started) / 1000;
      }
    }
    if (evaluations.has(step)) {
      for (const { network, curve } of contestants) {
        const { accuracy } = await evaluate(network, testDigits, signal);
        curve.push({ step, accuracy });
      }
    }
    onStep?.(step);
    // Training never waits for anything outside, so it must let the event loop hear of Ctrl-C.
    await setImmediate();
    signal?.throwIfAborted();
  }
}

/** 40 even intervals, and fifths of the first two: there batch normalization does most. */
export function evaluationSteps(steps: number): Set<number> {
  const even = Array.from({ length: 41 }, (_, i) => i / 40);
  const early = Array.from({ length: 10 }, (_, i) => i / 200);
  return new Set([...even, ...early].map((part) => Math.round(part * steps)));
}
