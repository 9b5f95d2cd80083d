import { afterEach, describe, expect, test } from "vitest";
import {
  type Backend,
  createHandler,
  type Handler,
  Ops,
  parseInfo,
  preStageSpatial,
  stringifyInfo,
} from "../src/index.ts";
import { backendOf } from "./support/fakes.ts";

/**
 * The promise of the package: what follows knows no backend, and gives the same numbers on each.
 * Two float32 evaluations may differ in the last digits, and training carries those on.
 */
const TOLERANCE = 1e-4;

const channels = 3;
const layout = { dataType: "float32", format: "NHWC" } as const;
const spec = { ...layout, dims: [8, channels, 4, 4] } as const;
const values = Float32Array.from(
  { length: 8 * channels * 16 },
  (_, i) => Math.sin(i * 12.9898) * 3 + 0.5,
);

/** Fits scale and bias by gradient descent until the layer gives |x| less 1, as far as it can. */
async function train(handler: Handler) {
  const x = handler.createTensor(spec, values);
  const y = handler.createTensor(x.descriptor);
  const dy = handler.createTensor(x.descriptor);
  const dx = handler.createTensor(x.descriptor);
  const ops = preStageSpatial(handler);
  ops.stage(x);
  const parameter = (value: number) =>
    handler.createTensor(ops.scaleBiasDescriptor, new Float32Array(channels).fill(value));
  const [scale, bias, dScale, dBias] = [parameter(1), parameter(0), parameter(0), parameter(0)];
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) {
    ops.forwardTraining({ x, scale, bias, y, activation: "relu", averagingFactor: 0.1 });
    const errors = (await y.read()).map((value, i) => value - (Math.abs(values[i]) - 1));
    losses.push(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    await dy.write(errors.map((error) => (2 * error) / errors.length));
    ops.backward({ x, y, scale, bias, dy, dx, dScale, dBias, activation: "relu" });
    await descend(scale, dScale);
    await descend(bias, dBias);
  }
  const [s, b] = [await scale.read(), await bias.read()];
  return { losses, scale: s, bias: b, layer: stringifyInfo(await ops.toInfo({ scale, bias })) };
}

type Parameter = ReturnType<Handler["createTensor"]>;

async function descend(parameter: Parameter, gradient: Parameter): Promise<void> {
  const [now, slope] = [await parameter.read(), await gradient.read()];
  await parameter.write(Float32Array.from(now, (value, i) => value - 0.5 * slope[i]));
}

/** What a saved layer says about one picture. */
async function infer(handler: Handler, text: string) {
  const info = parseInfo(text);
  const ops = Ops.fromInfo(handler, info);
  const parameters = ops.scaleBiasDescriptor;
  const x = handler.createTensor({ ...spec, dims: [1, channels, 4, 4] }, values.subarray(0, 48));
  const y = handler.createTensor(x.descriptor);
  const scale = handler.createTensor(parameters, info.extension?.scale as Float32Array);
  const bias = handler.createTensor(parameters, info.extension?.bias as Float32Array);
  ops.forwardInference({ x, y, scale, bias });
  return (await y.read()) as Float32Array;
}

const opened: Handler[] = [];

async function open(backend: "auto" | "cpu" | Backend): Promise<Handler> {
  const handler = await createHandler({ backend });
  opened.push(handler);
  return handler;
}

afterEach(() => {
  for (const handler of opened.splice(0)) handler.dispose();
});

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    expect(difference, `[${i}]: ${actual[i]} for ${expected[i]}`).toBeLessThanOrEqual(
      TOLERANCE * Math.max(1, Math.abs(expected[i])),
    );
  }
}

describe.each<[string, "auto" | Backend]>([
  ["the best this machine has", "auto"],
  ["a backend object of one's own", backendOf("mine")],
])("the same training on cpu and on %s", (_, backend) => {
  test("learns the same, and learns", async () => {
    const expected = await train(await open("cpu"));
    const actual = await train(await open(backend));
    expectClose(actual.losses, expected.losses);
    expectClose(actual.scale, expected.scale);
    expectClose(actual.bias, expected.bias);
    expect(expected.losses[19]).toBeLessThan(0.8 * expected.losses[0]);
  });

  test("saves a layer that the other continues with", async () => {
    const [cpu, other] = [await open("cpu"), await open(backend)];
    const { layer } = await train(other);
    expectClose(await infer(cpu, layer), await infer(other, layer));
  });
});

test("the comparison itself: another rate of learning is told apart", async () => {
  const { losses } = await train(await open("cpu"));
  expect(() =>
    expectClose(
      losses.map((loss) => loss * 1.001),
      losses,
    ),
  ).toThrow();
});
