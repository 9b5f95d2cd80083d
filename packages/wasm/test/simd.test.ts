import type { DataType, Handler, TensorFormat } from "@batchnorm/core";
import { beforeAll, describe, expect, test } from "vitest";
import { compileModule, moduleBytes } from "../src/module.ts";
import { createLayer } from "./support/layer.ts";
import { inline, openRig } from "./support/rig.ts";
import {
  assemble,
  countIterations,
  countOf,
  disassemble,
  type InnerLoop,
  isSimd,
} from "./support/wat.ts";

// The generated module itself, disassembled; every iteration of its inner loops is counted while the
// operations run, so that what is looked at is what does the work.

const LOAD = /^v128\.load(16x4_[su]|32x2_u|64_zero)?$/;
const STORE = /^v128\.store(64_lane)?$/;
const SCALAR_LOAD = /^(f32|f64)\.load$|^i32\.load16/;
const ADD = /^f32x4\.(add|sub)$/;
const ARITHMETIC = /^f(32x4|64x2)\.(add|sub|mul)$/;
const NARROW = /^i16x8\.narrow/;
const MUL = /^f32x4\.mul$/;

interface Executed extends InnerLoop {
  readonly iterations: number;
}

let innerLoops: readonly InnerLoop[];
let module: WebAssembly.Module;

beforeAll(async () => {
  const counted = countIterations(await disassemble(await moduleBytes()));
  innerLoops = counted.innerLoops;
  module = await assemble(counted.text);
}, 60_000);

test.each([true, false])(
  "the module imports memory and nothing else (shared: %s)",
  async (shared) => {
    const compiled = await compileModule(shared);
    expect(WebAssembly.Module.imports(compiled)).toEqual([
      { module: "env", name: "memory", kind: "memory" },
    ]);
  },
);

test("no inner loop with vectors calls a function", () => {
  const loops = innerLoops.filter((loop) => countOf(loop, LOAD) > 0);
  expect(loops.length).toBeGreaterThan(20);
  expect(loops.filter((loop) => countOf(loop, /^call/) > 0)).toEqual([]);
});

type Operation = "forwardTraining" | "forwardInference" | "backward" | "backwardInference";

const dims = { NCHW: [3, 4, 64, 144], NHWC: [3, 32, 72, 16] };
const COUNT = 3 * 4 * 64 * 144;

/** The inner loops, and how often an operation goes through each. */
async function profile(
  operation: Operation,
  dataType: DataType,
  format: TensorFormat,
): Promise<readonly Executed[]> {
  const iterations = new Map<number, number>();
  const iterate = (id: number) => iterations.set(id, (iterations.get(id) ?? 0) + 1);
  const { handler } = await openRig(inline, { module, imports: { iterate } });
  run(handler, operation, dataType, format, () => iterations.clear());
  handler.dispose();
  return innerLoops.map((loop) => ({ ...loop, iterations: iterations.get(loop.id) ?? 0 }));
}

function run(
  handler: Handler,
  operation: Operation,
  dataType: DataType,
  format: TensorFormat,
  begin: () => void,
): void {
  const spec = { dataType, format, dims: dims[format] };
  const { ops, x, y, dy, dx, scale, bias, dScale, dBias } = createLayer(handler, { spec });
  const forward = { x, y, scale, bias, averagingFactor: 1 };
  const backward = { x, dy, dx, scale, dScale, dBias };
  ops.forwardTraining(forward);
  begin();
  if (operation === "forwardTraining") ops.forwardTraining(forward);
  else if (operation === "forwardInference") ops.forwardInference(forward);
  else if (operation === "backward") ops.backward(backward);
  else ops.backwardInference(backward);
}

/** How often instructions of this kind ran, per four values of a tensor. */
function ran(loops: readonly Executed[], pattern: RegExp): number {
  return perVector(loops, (loop) => countOf(loop, pattern));
}

function perVector(loops: readonly Executed[], count: (loop: InnerLoop) => number): number {
  const executed = loops.reduce((sum, loop) => sum + loop.iterations * count(loop), 0);
  return (4 * executed) / COUNT;
}

/** Vectors of four results that a loop stores: of 16-bit elements, one instruction may store two. */
function stored(dataType: DataType, loop: InnerLoop): number {
  if (!dataType.endsWith("16")) return countOf(loop, STORE);
  if (countOf(loop, NARROW) === 0) return 0;
  return 2 * countOf(loop, /^v128\.store$/) + countOf(loop, /^v128\.store64_lane$/);
}

/** Loops that go over at least a tenth of a tensor. */
function busy(loops: readonly Executed[]): Executed[] {
  return loops.filter((loop) => {
    const vectors = countOf(loop, LOAD) + countOf(loop, STORE);
    const values = loop.iterations * Math.max(4 * vectors, 1);
    return values > COUNT / 10;
  });
}

/**
 * Tensors that an operation reads (a second time where results follow sums) and writes, and the
 * multiplications and additions that each value takes at least.
 */
const work = {
  forwardTraining: { reads: 2, writes: 1, products: 2, sums: 4 },
  forwardInference: { reads: 1, writes: 1, products: 1, sums: 2 },
  backward: { reads: 4, writes: 1, products: 3, sums: 4 },
  backwardInference: { reads: 3, writes: 1, products: 2, sums: 3 },
} satisfies Record<Operation, object>;

/** All of that, but for the edges, in instructions on four values. */
function expectVectors(loops: readonly Executed[], operation: Operation, dataType: DataType): void {
  const { reads, writes, products, sums } = work[operation];
  expect(ran(loops, LOAD), operation).toBeGreaterThanOrEqual(0.95 * reads);
  const stores = perVector(loops, (loop) => stored(dataType, loop));
  expect(stores, operation).toBeGreaterThanOrEqual(0.95 * writes);
  expect(ran(loops, MUL), operation).toBeGreaterThanOrEqual(0.95 * products);
  expect(ran(loops, ADD), operation).toBeGreaterThanOrEqual(0.95 * sums);
  expect(ran(loops, SCALAR_LOAD), operation).toBeLessThan(0.2);
}

const operations = Object.keys(work) as Operation[];

describe.each(["float32", "float16", "bfloat16"] as const)("%s", (dataType) => {
  describe.each(["NCHW", "NHWC"] as const)("%s", (format) => {
    test.each(operations)("%s runs in vectors of four", async (operation) => {
      const loops = await profile(operation, dataType, format);
      expectVectors(loops, operation, dataType);
      for (const loop of busy(loops)) {
        const text = String(loop.instructions);
        expect(countOf(loop, LOAD), text).toBeGreaterThan(0);
        expect(countOf(loop, ARITHMETIC), text).toBeGreaterThan(0);
        expect(countOf(loop, /^call/), text).toBe(0);
        expect(countOf(loop, SCALAR_LOAD), text).toBe(0);
      }
    });
  });
});

test("the check itself: float64, which goes value by value, does not pass", async () => {
  for (const operation of operations) {
    const loops = await profile(operation, "float64", "NCHW");
    expect(() => expectVectors(loops, operation, "float64")).toThrow();
  }
});

/** What a conversion of four values costs, in SIMD instructions. The documentation states these. */
const conversions = { float16: { load: 7, store: 15 }, bfloat16: { load: 1, store: 5 } };

/** SIMD instructions for each vector, in the busiest loop over planes that stores results, or none. */
async function simdPerVector(dataType: DataType, kind: "sums" | "results"): Promise<number> {
  const vectors = (loop: InnerLoop) =>
    kind === "sums" ? countOf(loop, LOAD) : stored(dataType, loop);
  const loops = (await profile("forwardTraining", dataType, "NCHW")).filter(
    (loop) => countOf(loop, STORE) > 0 === (kind === "results"),
  );
  const executed = (loop: Executed) => loop.iterations * vectors(loop);
  const busiest = loops.reduce((a, b) => (executed(b) > executed(a) ? b : a));
  return busiest.instructions.filter(isSimd).length / vectors(busiest);
}

test.each(["float16", "bfloat16"] as const)(
  "a %s conversion costs the instructions that are documented",
  async (dataType) => {
    const more = async (kind: "sums" | "results") =>
      (await simdPerVector(dataType, kind)) - (await simdPerVector("float32", kind));
    const [load, both] = [await more("sums"), await more("results")];
    expect({ load, store: both - load }).toEqual(conversions[dataType]);
  },
);
