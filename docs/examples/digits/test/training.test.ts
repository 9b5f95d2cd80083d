import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHandler, type Handler } from "batchnorm";
import { randomLcg } from "d3-random";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shuffledBatches } from "../src/batches.ts";
import { Contestant, compare, evaluationSteps } from "../src/comparison.ts";
import { type Digits, everyNth, loadDigits } from "../src/digits.ts";
import { evaluate } from "../src/evaluate.ts";
import { createInitialWeights } from "../src/initialWeights.ts";
import { createNormalizedNetwork, createPlainNetwork } from "../src/network.ts";
import { checkRestored } from "../src/restoration.ts";
import { saveNormalizations } from "../src/savedLayers.ts";
import { trainStep } from "../src/trainStep.ts";

const STEPS = 60;
const never = new AbortController().signal;

let folder: string;
let handler: Handler;
let training: Digits;
let testing: Digits;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "digits-"));
  handler = await createHandler({ backend: "cpu" });
  const all = await loadDigits();
  training = everyNth(all.training, 20);
  testing = everyNth(all.test, 40);
});

afterAll(async () => {
  handler.dispose();
  await rm(folder, { recursive: true });
});

async function contest(steps: number): Promise<[Contestant, Contestant]> {
  const random = randomLcg(3);
  const weights = createInitialWeights(random);
  const normalized = new Contestant("with", createNormalizedNetwork(weights, handler));
  const plain = new Contestant("without", createPlainNetwork(weights));
  await compare([normalized, plain], {
    steps,
    learningRate: 0.2,
    batches: shuffledBatches(training, 60, random),
    testDigits: testing,
  });
  return [normalized, plain];
}

describe(`after ${STEPS} steps`, () => {
  let normalized: Contestant;
  let plain: Contestant;
  beforeAll(async () => {
    [normalized, plain] = await contest(STEPS);
  }, 30_000);

  test("the normalized network is far ahead", async () => {
    const batch = shuffledBatches(training, 60, randomLcg(4)).next().value;
    const loss = await trainStep(normalized.network, batch, 0);
    expect(loss).toBeLessThan((await trainStep(plain.network, batch, 0)) - 0.5);
    expect(normalized.curve.at(-1)?.accuracy).toBeGreaterThan(0.6);
    expect(plain.curve.at(-1)?.accuracy).toBeLessThan(0.4);
  });

  test("both have a curve over the same steps, from 0 to the end", () => {
    const steps = [...evaluationSteps(STEPS)].sort((a, b) => a - b);
    expect(normalized.curve.map(({ step }) => step)).toEqual(steps);
    expect(plain.curve.map(({ step }) => step)).toEqual(steps);
    expect([steps[0], steps.at(-1)]).toEqual([0, STEPS]);
  });

  test("saved layers do the same on a second handler; changed ones are found out", async () => {
    const { network } = normalized;
    const trained = { network, final: await evaluate(network, testing) };
    const paths = await saveNormalizations(folder, network, STEPS);
    expect(await readdir(folder)).toHaveLength(3);
    const check = () => checkRestored(paths, trained, testing, "cpu", never);
    expect(await check()).toMatchObject({
      isSame: true,
      summary: expect.stringMatching(/^Restored .* equal to the last bit\.$/),
    });

    // The second layer in the place of the first.
    await writeFile(paths[0], await readFile(paths[1], "utf8"));
    expect(await check()).toMatchObject({
      isSame: false,
      summary: expect.stringMatching(/^FAILED/),
    });
  });
});

test("the same seed gives the same curves", async () => {
  const curves = async () => (await contest(4)).map(({ curve }) => curve);
  expect(await curves()).toEqual(await curves());
});

test("an abort ends training", async () => {
  const random = randomLcg(1);
  const stop = new AbortController();
  const network = createPlainNetwork(createInitialWeights(random));
  const training_ = compare([new Contestant("plain", network)], {
    steps: 1000,
    learningRate: 0.1,
    batches: shuffledBatches(training, 60, random),
    testDigits: everyNth(testing, 100),
    signal: stop.signal,
    onStep: (step) => step === 3 && stop.abort(),
  });
  await expect(training_).rejects.toThrow("abort");
});
