import type { BenchCase } from "../cases/benchCase.ts";
import { EPSILON, type Inputs } from "../cases/inputs.ts";
import { elementsOf } from "../cases/shape.ts";
import type { Operation } from "../operations.ts";
import { walk } from "./walk.ts";

/** What a result must be, element by element (or channel by channel), in float64. */
export type ExpectedAt = (index: number, channel: number) => number;

export interface Expected {
  readonly perElement: boolean;
  readonly at: ExpectedAt;
}

/** The results of each operation by name, evaluated in float64 from the textbook's formulas. */
export function expectedResults(
  tensor: BenchCase,
  inputs: Inputs,
): Readonly<Record<Operation, Readonly<Record<string, Expected>>>> {
  const { x, dy, scale, bias, mean, variance } = inputs;
  const count = elementsOf(tensor.shape) / tensor.shape[1];
  const batch = statistics(tensor, x, count);
  const normal: ExpectedAt = (i, c) => (x[i] - batch.mean[c]) * batch.invStd[c];
  const dBias = sums(tensor, (i) => dy[i]);
  const dScale = sums(tensor, (i, c) => dy[i] * normal(i, c));
  const dx: ExpectedAt = (i, c) =>
    scale[c] * batch.invStd[c] * (dy[i] - dBias[c] / count - (normal(i, c) * dScale[c]) / count);
  return {
    training: {
      y: element((i, c) => normal(i, c) * scale[c] + bias[c]),
      savedMean: channel(batch.mean),
      savedInvStd: channel(batch.invStd),
    },
    backward: { dx: element(dx), dScale: channel(dScale), dBias: channel(dBias) },
    inference: {
      y: element(
        (i, c) => ((x[i] - mean[c]) / Math.sqrt(variance[c] + EPSILON)) * scale[c] + bias[c],
      ),
    },
  };
}

function statistics(tensor: BenchCase, x: Inputs["x"], count: number) {
  const mean = sums(tensor, (i) => x[i]).map((sum) => sum / count);
  const squares = sums(tensor, (i, c) => (x[i] - mean[c]) ** 2);
  return { mean, invStd: squares.map((sum) => 1 / Math.sqrt(sum / count + EPSILON)) };
}

function sums(tensor: BenchCase, value: ExpectedAt): Float64Array {
  const totals = new Float64Array(tensor.shape[1]);
  walk(tensor, (index, c) => {
    totals[c] += value(index, c);
  });
  return totals;
}

function element(at: ExpectedAt): Expected {
  return { perElement: true, at };
}

function channel(values: Float64Array): Expected {
  return { perElement: false, at: (_, c) => values[c] };
}
