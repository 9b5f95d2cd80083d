import { join } from "node:path";
import type { Handler } from "batchnorm";
import { randomLcg } from "d3-random";
import { shuffledBatches } from "./batches.js";
import { drawChart } from "./chart.js";
import { type ComparisonOptions, Contestant, compare } from "./comparison.js";
import { type Digits, everyNth, loadDigits } from "./digits.js";
import { evaluate } from "./evaluate.js";
import { createFolder, writeWhole } from "./files.js";
import { openHandler } from "./handler.js";
import { createInitialWeights, LAYER_SIZES } from "./initialWeights.js";
import { createNormalizedNetwork, createPlainNetwork, type Network } from "./network.js";
import type { Options } from "./options.js";
import { startProgress } from "./progress.js";
import { type FinalResult, introduction, resultTable } from "./report.js";
import { checkRestored } from "./restoration.js";
import { saveNormalizations } from "./savedLayers.js";

const BATCH_SIZE = 60;
/** Evaluating on all test digits after each stretch of training would take longer than the training. */
const TEST_STEP_DURING_TRAINING = 5;

/**
 * Trains both networks, reports, saves and checks what was saved.
 * @returns false if the restored layers do not do what the saved ones did
 */
export async function runExperiment(options: Options, signal: AbortSignal): Promise<boolean> {
  await createFolder(options.out);
  const handler = await openHandler(options.backend);
  try {
    console.log(introduction(options, handler));
    return await runOn(handler, options, signal);
  } finally {
    handler.dispose();
  }
}

async function runOn(handler: Handler, options: Options, signal: AbortSignal): Promise<boolean> {
  const digits = await loadDigits();
  const random = randomLcg(options.seed);
  const weights = createInitialWeights(random);
  const networks: [name: string, Network][] = [
    ["With batch normalization", createNormalizedNetwork(weights, handler)],
    ["Without", createPlainNetwork(weights)],
  ];
  const contestants = networks.map(([name, network]) => new Contestant(name, network));
  const testDigits = everyNth(digits.test, TEST_STEP_DURING_TRAINING);
  const batches = shuffledBatches(digits.training, BATCH_SIZE, random);

  await train(contestants, { ...options, batches, testDigits, signal });
  const results: FinalResult[] = [];
  for (const contestant of contestants) {
    const final = await evaluate(contestant.network, digits.test, signal);
    results.push({ contestant, final });
  }
  console.log(`\n${resultTable(results, testDigits.count)}\n`);

  await writeChart(contestants, options);
  return saveAndCheck(results[0], digits.test, options, signal);
}

async function train(contestants: Contestant[], options: ComparisonOptions): Promise<void> {
  const progress = startProgress(options.steps);
  try {
    await compare(contestants, { ...options, onStep: progress.update });
  } finally {
    progress.stop();
  }
}

async function writeChart(contestants: Contestant[], options: Options): Promise<void> {
  const { steps, seed, learningRate, out } = options;
  const path = join(out, "accuracy.svg");
  const subtitle = [
    `${LAYER_SIZES.join("-")} sigmoid network`,
    `batches of ${BATCH_SIZE}`,
    `learning rate ${learningRate}`,
    `${steps} steps`,
    `seed ${seed}`,
  ].join(", ");
  await writeWhole(path, drawChart(contestants, subtitle));
  console.log(`Chart:  ${path}`);
}

async function saveAndCheck(
  { contestant: { network }, final }: FinalResult,
  testDigits: Digits,
  { steps, out, backend }: Options,
  signal: AbortSignal,
): Promise<boolean> {
  const paths = await saveNormalizations(out, network, steps);
  console.log(`Layers: ${paths.join("\n        ")}\n`);
  const trained = { network, final };
  const { isSame, summary } = await checkRestored(paths, trained, testDigits, backend, signal);
  console.log(summary);
  return isSame;
}
