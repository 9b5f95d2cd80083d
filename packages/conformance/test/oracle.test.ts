import { BATCH_NORM_MODES } from "@batchnorm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundsOf } from "../src/cases/goldenBounds.js";
import { GOLDEN_NAMES, loadGolden } from "../src/goldens/load.js";
import { backward, backwardInference } from "../src/oracle/backward.js";
import { type ForwardInputs, forwardInference, forwardTraining } from "../src/oracle/forward.js";
import { geometryOf } from "../src/oracle/geometry.js";
import { batchNormaliser, batchStatistics } from "../src/oracle/statistics.js";
import { createRandom } from "../src/rig/random.js";

const RESULTS = [
  ...["yInference", "y", "runningMean", "runningVariance", "savedMean", "savedInvVariance"],
  ...["dx", "dScale", "dBias"],
] as const;

describe("the oracle agrees with PyTorch in float64", () => {
  for (const name of GOLDEN_NAMES) {
    test(name, async () => {
      const golden = await loadGolden(name);
      const bounds = boundsOf(golden, "float64", "extendedMean");
      for (const key of RESULTS as readonly (keyof typeof bounds)[]) {
        const { values, magnitudes } = bounds[key];
        const wanted = golden[key];
        expect(values.length).toBe(wanted.length);
        values.forEach((value, i) => {
          const allowed = 2e-13 * (magnitudes[i] + Math.abs(wanted[i]));
          expect(Math.abs(value - wanted[i]), `${key}[${i}]`).toBeLessThanOrEqual(allowed);
        });
      }
    });
  }
});

function inputs(seed: number, dims: readonly number[], mode: (typeof BATCH_NORM_MODES)[number]) {
  const random = createRandom(seed);
  const geometry = geometryOf(mode, dims);
  const values = (length: number) => new Float64Array(length).map(() => random.normal());
  const length = geometry.groupOf.length;
  const forward: ForwardInputs = {
    geometry,
    x: values(length),
    z: values(length),
    yBefore: values(length),
    scale: values(geometry.groups),
    bias: values(geometry.groups),
    activation: "identity",
    epsilon: 0.3,
    alpha: 1,
    beta: 0,
    meanError: 0,
  };
  const zeros = new Float64Array(geometry.groups);
  const gradients = {
    ...forward,
    dy: values(length),
    y: null,
    dxBefore: forward.x,
    alphaData: 1,
    betaData: 0,
    alphaParam: 1,
    betaParam: 0,
    dScaleBefore: zeros,
    dBiasBefore: zeros,
  };
  return {
    forward,
    gradients,
    running: { mean: values(geometry.groups), variance: zeros.fill(2) },
  };
}

/** Central difference of Σ dy · y in x[i]. */
function slope(
  { forward, gradients }: ReturnType<typeof inputs>,
  run: (forward: ForwardInputs) => Float64Array,
  i: number,
): number {
  const h = 1e-5;
  const loss = (delta: number) => {
    const x = forward.x.slice();
    x[i] += delta;
    return run({ ...forward, x }).reduce((sum, y, k) => sum + y * gradients.dy[k], 0);
  };
  return (loss(h) - loss(-h)) / (2 * h);
}

const shapes = fc.record({
  seed: fc.integer(),
  mode: fc.constantFrom(...BATCH_NORM_MODES),
  dims: fc.tuple(
    fc.integer({ min: 2, max: 4 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
  ),
});

test("gradients of training are slopes of the forward", () => {
  const train = (forward: ForwardInputs) => {
    const zeros = new Float64Array(forward.geometry.groups);
    const running = { mean: zeros, variance: zeros };
    const averaging = { averagingFactor: 1, convention: "biased", running } as const;
    return forwardTraining({ ...forward, ...averaging }).y.values;
  };
  const property = fc.property(shapes, ({ seed, mode, dims }) => {
    const problem = inputs(seed, dims, mode);
    const { geometry, x, epsilon } = problem.forward;
    const normaliser = batchNormaliser(batchStatistics(x, geometry), epsilon);
    const { dx } = backward(problem.gradients, normaliser);
    dx.values.forEach((value, i) => {
      expect(Math.abs(value - slope(problem, train, i))).toBeLessThan(1e-6);
    });
  });
  fc.assert(property, { seed: 1 });
});

test("gradients of inference are slopes of the forward", () => {
  const property = fc.property(shapes, ({ seed, mode, dims }) => {
    const problem = inputs(seed, dims, mode);
    const { running } = problem;
    const infer = (forward: ForwardInputs) => forwardInference(forward, running).values;
    const { dx } = backwardInference(problem.gradients, running, problem.forward.epsilon);
    dx.values.forEach((value, i) => {
      expect(Math.abs(value - slope(problem, infer, i))).toBeLessThan(1e-6);
    });
  });
  fc.assert(property, { seed: 1 });
});

test("per activation is spatial with every position a channel", () => {
  const perActivation = inputs(3, [5, 2, 3, 2], "perActivation").forward;
  const spatial = { ...perActivation, geometry: geometryOf("spatial", [5, 12]) };
  expect(perActivation.geometry).toEqual(spatial.geometry);
});

test("the mean of large values keeps more digits than one float64", () => {
  const x = Float64Array.of(2 ** 53, 2 ** 53 + 2, 2 ** 53 + 2);
  const { mean, meanRest, variance } = batchStatistics(x, geometryOf("spatial", [3, 1]));
  expect(mean[0] - 2 ** 53 + meanRest[0]).toBeCloseTo(4 / 3, 12);
  expect(variance[0]).toBeCloseTo(8 / 9, 12);
});
