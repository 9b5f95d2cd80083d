import { beforeEach, describe, expect, test, vi } from "vitest";
import * as core from "../src/index.ts";
import { openFake } from "./support/fakeDevice.ts";
import { layerOn } from "./support/layer.ts";

/**
 * An application may load this package twice, as ESM and as CommonJS. Handlers, tensors and errors
 * then pass from one copy to the other.
 */
type Core = typeof core;
let other: Core;

beforeEach(async () => {
  vi.resetModules();
  other = await import("../src/index.ts");
  expect(other.Ops).not.toBe(core.Ops);
});

describe("the other copy", () => {
  test("works on this one's handler and tensors", async () => {
    const { handler, device } = await openFake();
    const { tensors, training, gradients, spec } = layerOn(handler);
    const ops = other.preStageSpatial(handler);
    ops.stage(tensors.x);
    ops.forwardTraining(training);
    ops.backward(gradients);
    expect(device.plans).toHaveLength(1);
    const descriptor = other.createTensorDescriptor(spec);
    expect(handler.createTensor(descriptor).descriptor).toBe(tensors.x.descriptor);
  });

  test("does not take this one's marks of overlap for its own", async () => {
    const { handler } = await openFake();
    const { ops, training, gradients } = layerOn(handler);
    const ours = [ops, other.preStageSpatial(handler)];
    ours[1].stage(training.x);
    for (let round = 0; round < 3; round++) {
      for (const one of ours) {
        one.forwardTraining(training);
        one.backward(gradients);
      }
    }
  });

  test("restores a layer that this one saved", async () => {
    const { handler } = await openFake();
    const { ops, training } = layerOn(handler);
    ops.forwardTraining(training);
    const info = await ops.toInfo();
    expect(await other.Ops.fromInfo(handler, info).toInfo()).toEqual(info);
  });

  test("throws errors that this one knows", async () => {
    const { handler } = await openFake();
    let caught: unknown;
    try {
      other.preStageSpatial(handler).describe();
    } catch (error) {
      caught = error;
    }
    expect(caught).not.toBeInstanceOf(core.BatchNormError);
    expect(core.isBatchNormError(caught, "NOT_STAGED")).toBe(true);
  });
});
