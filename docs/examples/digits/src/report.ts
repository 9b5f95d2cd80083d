import type { Handler } from "batchnorm";
import Table from "cli-table3";
import type { Contestant, CurvePoint } from "./comparison.js";
import type { Evaluation } from "./evaluate.js";
import { LAYER_SIZES } from "./initialWeights.js";
import type { Options } from "./options.js";

/** What the experiment is, for someone who has never seen it. */
export function introduction({ steps, seed, learningRate }: Options, handler: Handler): string {
  const { backendName, deviceDescription } = handler;
  return `
Two networks learn to read handwritten digits (MNIST: 60,000 to train, 10,000 to test). Both have
${LAYER_SIZES.join("-")} units with sigmoids, start from the same random weights and see the same
batches of 60 digits; one of them has batch normalization before each sigmoid. This is the
experiment of section 4.1 and figure 1(a) of Ioffe and Szegedy, "Batch Normalization" (2015,
https://arxiv.org/abs/1502.03167). They train for 50,000 steps and report that the normalized
network trains faster and reaches a higher test accuracy.

  Training       ${steps} steps, learning rate ${learningRate}, seed ${seed}; --help shows the options
  Normalization  backend "${backendName}" on ${deviceDescription.name}
`;
}

export interface FinalResult {
  readonly contestant: Contestant;
  /** On all test digits, after the last step. */
  readonly final: Evaluation;
}

const ROWS = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** @param subset how many test digits were used during training */
export function resultTable(results: readonly FinalResult[], subset: number): string {
  const table = new Table({
    head: ["", ...results.map(({ contestant }) => contestant.name)],
    colAligns: ["left", ...results.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
  });
  const row = (name: string, cell: (result: FinalResult) => string) =>
    table.push([name, ...results.map(cell)]);
  const [{ contestant }] = results;
  for (const index of rowIndices(contestant.curve)) {
    const { step } = contestant.curve[index];
    row(`Step ${step}`, (one) => percent(one.contestant.curve[index].accuracy));
  }
  row("All 10,000 test digits", ({ final }) => percent(final.accuracy));
  row("Steps to 90 %", (one) => stepsTo(0.9, one.contestant.curve));
  row("Seconds of training", (one) => one.contestant.seconds.toFixed(1));
  return `Test accuracy, during training on every fifth test digit (${subset}):\n${table}`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** The points nearest to some parts of the way, each once. */
function rowIndices(curve: readonly CurvePoint[]): Set<number> {
  const last = curve[curve.length - 1].step;
  const firstFrom = (part: number) => curve.findIndex(({ step }) => step >= part * last);
  return new Set(ROWS.map(firstFrom));
}

function stepsTo(accuracy: number, curve: readonly CurvePoint[]): string {
  const point = curve.find((one) => one.accuracy >= accuracy);
  return point === undefined ? "not reached" : String(point.step);
}
