import { openHandler, preStageSpatial } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { wasm } from "../src/index.js";

const X = Array.from({ length: 24 }, (_, i) => Math.fround(Math.sin(i * 3)));
const DY = Array.from({ length: 24 }, (_, i) => Math.fround(Math.cos(i)));

/** What a layer with epsilon 0 makes of x · 2^exponent; dx is scaled back. */
async function run(format: "NCHW" | "NHWC", dims: number[], exponent: number, saved: boolean) {
  const handler = await openHandler(wasm({ threads: 1 }));
  const x = handler.createTensor(
    { dataType: "float32", format, dims },
    X.map((value) => value * 2 ** exponent),
  );
  const [y, dx] = [handler.createTensor(x.descriptor), handler.createTensor(x.descriptor)];
  const dy = handler.createTensor(x.descriptor, DY);
  const ops = preStageSpatial(handler, { savedStatistics: saved });
  ops.stage(x);
  const parameter = (value: number) =>
    handler.createTensor(ops.scaleBiasDescriptor, new Array<number>(dims[1]).fill(value));
  const [scale, bias, dScale, dBias] = [parameter(1.5), parameter(0.5), parameter(0), parameter(0)];
  ops.forwardTraining({ x, scale, bias, y, averagingFactor: 1, epsilon: 0 });
  ops.backward({ x, scale, dy, dx, dScale, dBias, epsilon: 0 });
  const scaled = (await dx.read()).map((value) => value * 2 ** exponent);
  const result = [await y.read(), scaled, await dScale.read(), await dBias.read()];
  handler.dispose();
  return result.flatMap((values) => [...values]);
}

/** Without epsilon the result does not depend on the unit of x, and a power of two rounds nothing. */
describe.each([
  ["planes", "NCHW", [2, 2, 3, 2]],
  ["planes with vectors", "NCHW", [2, 1, 4, 3]],
  ["rows", "NHWC", [2, 2, 3, 2]],
  ["rows with vectors", "NHWC", [2, 4, 3, 1]],
] as const)("%s", (_, format, dims) => {
  test.each([-50, -70, -85, -100])("x of 2^%i is normalized as x of 1", async (exponent) => {
    for (const saved of [true, false]) {
      const expected = await run(format, [...dims], 0, saved);
      const actual = await run(format, [...dims], exponent, saved);
      const worst = expected.map((value, i) => Math.abs(value - actual[i]));
      expect(Math.max(...worst)).toBeLessThan(2e-6);
    }
  });
});
