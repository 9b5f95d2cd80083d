import { beforeEach, describe, expect, test } from "vitest";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { errorOf } from "../support/errors.ts";
import { type FakeDevice, openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

let device: FakeDevice;
let layer: ReturnType<typeof layerOn>;

beforeEach(async () => {
  const fake = await openFake();
  device = fake.device;
  layer = layerOn(fake.handler);
  layer.ops.forwardTraining(layer.training);
});

type Call = "forwardTraining" | "forwardInference" | "backward" | "backwardInference";
const FORWARDS: Call[] = ["forwardTraining", "forwardInference"];
const BACKWARDS: Call[] = ["backward", "backwardInference"];
const CALLS = [...FORWARDS, ...BACKWARDS];

/** The code and details of a call with some arguments changed; nothing may reach the plan. */
function refusalOf(call: Call, changes: object) {
  const { ops, training, gradients, inference } = layer;
  const forward = call === "forwardTraining" ? training : inference;
  const args = { ...(BACKWARDS.includes(call) ? gradients : forward), ...changes };
  const before = device.plans.map(({ calls }) => calls);
  const error = errorOf(() => ops[call](args as never));
  expect(device.plans.slice(0, before.length).map(({ calls }) => calls)).toEqual(before);
  expect(error.details.call).toBe(`Ops.${call}`);
  expect(error.message.startsWith(`Ops.${call}: `)).toBe(true);
  return { code: error.code, argument: error.details.argument };
}

const tensorsOf = (call: Call) =>
  BACKWARDS.includes(call)
    ? ["x", "dy", "dx", "scale", "dScale", "dBias"]
    : ["x", "y", "scale", "bias"];

describe.each(CALLS)("%s", (call) => {
  test.each([[undefined], [null], [[]], ["x"]])("refuses %o in place of its arguments", (args) => {
    const error = errorOf(() => layer.ops[call](args as never));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(error.details.argument).toBe("arguments");
  });

  describe.each(tensorsOf(call))("names %s", (argument) => {
    test.each([[undefined], [null], [{}], [[1, 2]], [new Float32Array(48)]])(
      "that is %o",
      (value) => {
        const refusal = refusalOf(call, { [argument]: value });
        expect(refusal).toEqual({ code: "INVALID_ARGUMENT", argument });
      },
    );

    test("of another handler", async () => {
      const { handler } = await openFake();
      const tensor = handler.createTensor(given(argument).descriptor);
      const refusal = refusalOf(call, { [argument]: tensor });
      expect(refusal).toEqual({ code: "HANDLER_MISMATCH", argument });
    });

    test("that was disposed", () => {
      const tensor = layer.ops.handler.createTensor(given(argument).descriptor);
      tensor.dispose();
      expect(refusalOf(call, { [argument]: tensor })).toEqual({ code: "DISPOSED", argument });
    });

    test("of another shape", () => {
      const spec = { dataType: "float32", format: "NCHW", dims: [4, 5, 2, 2] } as const;
      const tensor = layer.ops.handler.createTensor(spec);
      const refusal = refusalOf(call, { [argument]: tensor });
      expect(refusal).toEqual({ code: "SHAPE_MISMATCH", argument });
    });

    test("of another data type", () => {
      const { dims } = given(argument).descriptor;
      const spec = { dataType: "float64", format: "NCHW", dims } as const;
      const tensor = layer.ops.handler.createTensor(spec);
      const refusal = refusalOf(call, { [argument]: tensor });
      expect(refusal).toEqual({ code: "DATA_TYPE_MISMATCH", argument });
    });
  });

  test("refuses an unknown activation", () => {
    const refusal = refusalOf(call, { activation: "gelu" });
    expect(refusal).toEqual({ code: "INVALID_ARGUMENT", argument: "activation" });
  });

  test.each([[-1e-9], [Number.NaN], [Number.POSITIVE_INFINITY], ["1e-5"], [null]])(
    "refuses epsilon %o",
    (epsilon) => {
      const refusal = refusalOf(call, { epsilon });
      expect(refusal).toEqual({ code: "INVALID_ARGUMENT", argument: "epsilon" });
    },
  );

  const blends = BACKWARDS.includes(call)
    ? ["alphaData", "betaData", "alphaParam", "betaParam"]
    : ["alpha", "beta"];
  test.each(blends.flatMap((name) => [Number.NaN, "1", null].map((value) => [name, value])))(
    "refuses %s: %o",
    (argument, value) => {
      const refusal = refusalOf(call, { [String(argument)]: value });
      expect(refusal).toEqual({ code: "INVALID_ARGUMENT", argument });
    },
  );

  const given = (argument: string): Tensor =>
    (layer.tensors as unknown as Record<string, Tensor>)[argument];
});

test.each([[undefined], [null], [-0.1], [1.1], [Number.NaN], ["0.1"]])(
  "forwardTraining refuses averagingFactor %o",
  (averagingFactor) => {
    const refusal = refusalOf("forwardTraining", { averagingFactor });
    expect(refusal).toEqual({ code: "INVALID_ARGUMENT", argument: "averagingFactor" });
  },
);

describe.each(FORWARDS)("%s with relu", (call) => {
  test.each([[{ alpha: 2 }], [{ beta: 1 }], [{ alpha: 0 }]])("refuses %o", (blend) => {
    const refusal = refusalOf(call, { activation: "relu", ...blend });
    expect(refusal).toEqual({ code: "INVALID_ARGUMENT", argument: "alpha, beta" });
  });
});

describe.each(BACKWARDS)("%s with relu", (call) => {
  test("needs y and bias", () => {
    const { y, bias } = layer.tensors;
    const activation = "relu";
    const withoutY = refusalOf(call, { activation, bias });
    expect(withoutY).toEqual({ code: "INVALID_ARGUMENT", argument: "y" });
    const withoutBias = refusalOf(call, { activation, y });
    expect(withoutBias).toEqual({ code: "INVALID_ARGUMENT", argument: "bias" });
  });
});

test("training on one value for each statistic is refused before anything is written", () => {
  const { ops, spec, training, gradients } = layer;
  const one = () => ops.handler.createTensor({ ...spec, dims: [1, 3, 1, 1] });
  const [x, y] = [one(), one()];
  const forward = errorOf(() => ops.forwardTraining({ ...training, x, y }));
  expect(forward.code).toBe("SINGLE_VALUE_PER_CHANNEL");
  const backward = errorOf(() => ops.backward({ ...gradients, x, dy: one(), dx: one() }));
  expect(backward.code).toBe("SINGLE_VALUE_PER_CHANNEL");
  expect(device.plans.map(({ calls }) => calls)).toEqual([1, 0]);
  ops.forwardInference({ ...layer.inference, x, y });
  expect(device.plans[1].calls).toBe(1);
});

test("an empty x reaches the plan only for gradients, and leaves the epsilon last used", async () => {
  const { ops, spec, training, gradients, inference } = layer;
  const empty = () => ops.handler.createTensor({ ...spec, dims: [0, 3, 2, 2] });
  const [x, y] = [empty(), empty()];
  ops.forwardTraining({ ...training, x, y, epsilon: 0.5 });
  ops.forwardInference({ ...inference, x, y, epsilon: 0.5 });
  expect(device.plans[1].calls).toBe(0);
  ops.backward({ ...gradients, x, dy: empty(), dx: empty() });
  ops.backwardInference({ ...gradients, x, dy: empty(), dx: empty() });
  expect(device.plans[1].calls).toBe(2);
  expect((await ops.toInfo()).epsilon).toBe(1e-5);
});
