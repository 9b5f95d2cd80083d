import { availableParallelism } from "node:os";
import {
  type BatchNormMode,
  type Handler,
  openHandler,
  type TensorFormat,
  type TensorSpec,
} from "@batchnorm/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wasm } from "../src/index.ts";
import { sameBits } from "./support/bits.ts";
import { createLayer, differences, type LayerSpec, runEverything } from "./support/layer.ts";
import { openRig, queued } from "./support/rig.ts";
import { recordSpawn } from "./support/spawn.ts";

const COUNTS = [2, 3, 5, 8];

describe("results are bit-equal for any number of threads", () => {
  let one: Handler;
  let others: { readonly threads: string; readonly handler: Handler }[];

  beforeAll(async () => {
    one = await openHandler(wasm({ threads: 1 }));
    others = await Promise.all(
      COUNTS.map(async (threads) => ({
        threads: `${threads} threads`,
        handler: await openHandler(wasm({ threads })),
      })),
    );
    const { handler } = await openRig(queued(3, recordSpawn().spawn));
    others.push({ threads: "3 threads, queued", handler });
  });

  afterAll(() => {
    for (const { handler } of [{ handler: one }, ...others]) handler.dispose();
  });

  type Shape = readonly [TensorFormat, readonly number[], BatchNormMode?];

  const shapes: readonly Shape[] = [
    // Many channels; few; one. Sizes that no power of two divides.
    ["NCHW", [5, 131, 7, 9]],
    ["NCHW", [2, 256, 10, 10]],
    ["NCHW", [3, 2, 83, 127]],
    ["NCHW", [1, 1, 140_007]],
    ["NCHW", [4, 3, 5, 7, 190]],
    ["NHWC", [7, 37, 11, 17]],
    ["NHWC", [4, 64, 16, 16]],
    ["NHWC", [3, 2, 83, 127]],
    ["NHWC", [10_001, 5, 1, 1]],
    // More rows than 16 bits count; more channels than rows.
    ["NCHW", [70_001, 1]],
    ["NCHW", [25_001, 3]],
    ["NCHW", [3, 20_021]],
    ["NCHW", [41, 7, 13, 17], "perActivation"],
    ["NHWC", [41, 7, 13, 17], "perActivation"],
    // Small enough for one thread.
    ["NCHW", [2, 3, 3, 3]],
    ["NHWC", [3, 5, 1, 2]],
  ];

  const cases = shapes.flatMap(([format, dims, mode = "spatial"]) =>
    (["float32", "float64", "float16", "bfloat16"] as const).map((dataType) => ({
      mode,
      spec: { dataType, format, dims } as TensorSpec,
      name: `${mode} ${dataType} ${format} ${dims.join("x")}`,
    })),
  );

  test.each(cases)("$name", { timeout: 60_000 }, async ({ mode, spec }) => {
    const expected = await runEverything(one, { mode, spec });
    for (const { threads, handler } of others) {
      expect(differences(await runEverything(handler, { mode, spec }), expected), threads).toEqual(
        [],
      );
    }
  });

  test("however often the same call runs", async () => {
    const spec = { dataType: "float32", format: "NCHW", dims: [8, 5, 32, 33] } as const;
    const run = (handler: Handler) => {
      const { ops, x, y, dy, dx, scale, bias, dScale, dBias } = createLayer(handler, { spec });
      return () => {
        for (const tensor of [y, dx, dScale, dBias]) tensor.data.fill(0);
        ops.forwardTraining({ x, y, scale, bias, averagingFactor: 1 });
        ops.backward({ x, dy, dx, scale, dScale, dBias });
        const written = [y, dx, dScale, dBias, ops.runningMean, ops.runningVariance];
        return written.map((tensor) => tensor.data.slice());
      };
    };
    const expected = run(one)();
    for (const { threads, handler } of others) {
      if (threads.includes("queued")) continue;
      const again = run(handler);
      for (let i = 0; i < 100; i++) {
        const wrong = again().findIndex((values, index) => !sameBits(values, expected[index]));
        expect(wrong, `${threads}, call ${i}`).toBe(-1);
      }
    }
  });
});

describe("the option threads", () => {
  test.each([0, -1, 1.5, "2", Number.NaN, Number.POSITIVE_INFINITY, null, true, [2], 1_000_000])(
    "%j is refused",
    (threads) => {
      expect(() => wasm({ threads: threads as number })).toThrow(
        expect.objectContaining({
          code: "INVALID_ARGUMENT",
          message: expect.stringContaining("threads"),
        }),
      );
    },
  );

  test("a misspelt option is refused by name", () => {
    expect(() => wasm({ thread: 2 } as object)).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining("thread"),
      }),
    );
  });

  test.each([null, 2, "2", [2]])("options must be an object, not %j", (options) => {
    expect(() => wasm(options as unknown as object)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });

  test.each([1, 2, 3])("%i threads are what the handler says", async (threads) => {
    const handler = await openHandler(wasm({ threads }));
    const { kind, name } = handler.deviceDescription;
    expect(kind).toBe("cpu");
    expect(name).toMatch(new RegExp(`SIMD, ${threads} threads?\\b`));
    handler.dispose();
  });

  test.each([[{}], [undefined], [{ threads: undefined }]])(
    "by default (%j) there are as many as processors, and 8 at most",
    async (options) => {
      const handler = await openHandler(wasm(options as object));
      const expected = Math.min(availableParallelism(), 8);
      expect(handler.deviceDescription.name).toMatch(new RegExp(`SIMD, ${expected} threads?\\b`));
      handler.dispose();
    },
  );
});

test("a plan says its path and threads", async () => {
  const handler = await openHandler(wasm({ threads: 2 }));
  const describe = (format: TensorFormat) => {
    const { ops } = createLayer(handler, {
      spec: { dataType: "float32", format, dims: [2, 3, 4, 4] },
    });
    return ops.describe();
  };
  expect(describe("NCHW")).toMatch(/wasm: planes.*SIMD, 2 threads/);
  expect(describe("NHWC")).toMatch(/wasm: rows.*SIMD, 2 threads/);
  handler.dispose();
});

test("several handlers work side by side, each in its own memory", async () => {
  const given: LayerSpec = {
    spec: { dataType: "float32", format: "NCHW", dims: [8, 20, 31, 33] },
  };
  const handlers = await Promise.all([2, 1, 3, 2].map((threads) => openHandler(wasm({ threads }))));
  const results = await Promise.all(handlers.map((handler) => runEverything(handler, given)));
  for (const result of results) expect(differences(result, results[0])).toEqual([]);
  const buffers = handlers.map((handler) => handler.createTensor(given.spec).data.buffer);
  expect(new Set(buffers).size).toBe(4);
  // The end of one is not the end of the others.
  handlers[0].dispose();
  const again = await runEverything(handlers[3], given);
  expect(differences(again, results[0])).toEqual([]);
  expect(() => handlers[0].createTensor(given.spec)).toThrow(
    expect.objectContaining({ code: "DISPOSED" }),
  );
  for (const handler of handlers) handler.dispose();
});

test("memory the engine cannot reserve is a typed error", async () => {
  const { Memory } = WebAssembly;
  const refusal = new RangeError("WebAssembly.Memory(): could not allocate memory");
  WebAssembly.Memory = class {
    constructor() {
      throw refusal;
    }
  } as unknown as typeof Memory;
  try {
    await expect(openHandler(wasm())).rejects.toMatchObject({
      code: "OUT_OF_MEMORY",
      cause: refusal,
    });
  } finally {
    WebAssembly.Memory = Memory;
  }
});

describe("strides of the user's own", () => {
  const strided = {
    dataType: "float32",
    format: "NCHW",
    dims: [2, 3, 4, 4],
    strides: [64, 20, 5, 1],
  } as const;

  test("are declared unsupported and refused with the reason", async () => {
    const handler = await openHandler(wasm({ threads: 1 }));
    expect(handler.capabilities.strides).toBe("packed");
    expect(() => handler.createTensor(strided)).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED",
        message: expect.stringMatching(/packed strides.*backend declares.*64,20,5,1/),
      }),
    );
    handler.dispose();
  });

  test("that are the packed ones are taken", async () => {
    const handler = await openHandler(wasm({ threads: 1 }));
    const tensor = handler.createTensor({ ...strided, strides: [48, 16, 4, 1] });
    expect(tensor.descriptor.packed).toBe(true);
    handler.dispose();
  });
});
