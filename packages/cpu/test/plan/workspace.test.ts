import { openHandler, preStageSpatial } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { randomOf, randoms } from "../../../../tooling/testing/random.ts";
import { cpu } from "../../src/index.ts";
import { DATA_ROLES, Workspace } from "../../src/plan/workspace.ts";

describe("Workspace", () => {
  test("gives the same array as long as it is large enough", () => {
    const workspace = new Workspace();
    const first = workspace.array("x", 10);
    expect(first.length).toBeGreaterThanOrEqual(10);
    expect(workspace.array("x", 4)).toBe(first);
    const larger = workspace.array("x", 20);
    expect(larger.length).toBeGreaterThanOrEqual(20);
    expect(workspace.array("x", 10)).toBe(larger);
  });

  test("gives every role its own", () => {
    const workspace = new Workspace();
    const arrays = DATA_ROLES.map((role) => workspace.array(role, 5));
    expect(new Set(arrays).size).toBe(DATA_ROLES.length);
  });

  test("reserve makes room, so that later arrays are not new", () => {
    const workspace = new Workspace();
    workspace.reserve(["x", "gradient"], 100);
    expect(workspace.array("x", 3).length).toBeGreaterThanOrEqual(100);
    expect(workspace.array("gradient", 3).length).toBeGreaterThanOrEqual(100);
  });

  test("clear lets go", () => {
    const workspace = new Workspace();
    const before = workspace.array("x", 3);
    workspace.clear();
    expect(workspace.array("x", 3)).not.toBe(before);
  });
});

test("what another plan left in the scratch arrays does not show, to the last bit", async () => {
  const handler = await openHandler(cpu());
  const [first, again] = [await trainOn(handler, 3), await trainAfterLarger()];
  expect(again).toEqual(first);

  async function trainAfterLarger() {
    await trainOn(handler, 17, Number.NaN);
    return trainOn(handler, 3);
  }
});

async function trainOn(
  handler: Awaited<ReturnType<typeof openHandler>>,
  channels: number,
  poison = 0,
) {
  const spec = { dataType: "float32", format: "NHWC", dims: [4, channels, 3, 3] } as const;
  const ops = preStageSpatial(handler);
  ops.stage(spec);
  const random = randomOf(3);
  const data = () =>
    handler.createTensor(
      spec,
      randoms(random, 36 * channels).map((value) => value + poison),
    );
  const parameter = () =>
    handler.createTensor(ops.scaleBiasDescriptor, randoms(random, channels, 1, 1));
  const tensors = {
    x: data(),
    y: data(),
    dy: data(),
    dx: data(),
    dz: data(),
    scale: parameter(),
    bias: parameter(),
    dScale: parameter(),
    dBias: parameter(),
  };
  ops.forwardTraining({ ...tensors, activation: "relu", averagingFactor: 0.1 });
  ops.backward({ ...tensors, activation: "relu" });
  const { y, dx, dz, dScale, dBias } = tensors;
  const all = [y, dx, dz, dScale, dBias, ops.runningMean, ops.runningVariance, ops.savedMean];
  return Promise.all(all.map((tensor) => tensor.read()));
}
