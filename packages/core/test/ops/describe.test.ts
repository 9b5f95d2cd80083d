import { expect, test } from "vitest";
import { preStageSpatial } from "../../src/ops/preStage.ts";
import { errorOf } from "../support/errors.ts";
import { openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

test("says what the plan of the x last staged says, or that of another x", async () => {
  const { handler, device } = await openFake();
  const { ops, spec } = layerOn(handler);
  expect(ops.describe()).toBe("fake plan 0");
  const other = { ...spec, dims: [9, 3, 2, 2] };
  expect(ops.describe(handler.createTensor(other))).toBe("fake plan 1");
  expect(ops.describe(other)).toBe("fake plan 1");
  expect(ops.describe()).toBe("fake plan 0");
  ops.stage(other);
  expect(ops.describe()).toBe("fake plan 1");
  expect(device.plans).toHaveLength(2);
});

test("refuses an x of other parameters, and one that is nothing of the kind", async () => {
  const { handler } = await openFake();
  const { ops, spec } = layerOn(handler);
  const wide = errorOf(() => ops.describe({ ...spec, dims: [4, 7, 2, 2] }));
  expect(wide.code).toBe("SHAPE_MISMATCH");
  expect(wide.message).toMatch(/^Ops\.describe: x: expected a tensor with parameters /);
  expect(errorOf(() => ops.describe({ ...spec, dataType: "float64" })).code).toBe(
    "DATA_TYPE_MISMATCH",
  );
  expect(errorOf(() => ops.describe(3 as never)).code).toBe("INVALID_ARGUMENT");
  expect(errorOf(() => preStageSpatial(handler).describe()).code).toBe("NOT_STAGED");
});

test("stage with other parameter dims says what it had, what came, and the way out", async () => {
  const { handler } = await openFake();
  const { ops, spec } = layerOn(handler);
  const error = errorOf(() => ops.stage({ ...spec, dims: [4, 7, 2, 2] }));
  expect(error.code).toBe("PARAMETER_SHAPE_CHANGED");
  expect(error.message).toBe(
    "Ops.stage: x: expected parameters float32 NCHW 1x3x1x1 as before, or reset(), received float32 NCHW 1x7x1x1",
  );
});
