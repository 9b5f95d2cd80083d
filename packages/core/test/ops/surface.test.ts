import { describe, expect, test } from "vitest";
import * as core from "../../src/index.ts";

/** Names of the Go package `batchnorm` of gocunets on the left, ours on the right. */
const OF_THE_GO_PACKAGE = [
  ["PreStagePerActivation", "preStagePerActivation"],
  ["PreStageSpatial", "preStageSpatial"],
  ["PreStageSpatialPersistant", "preStageSpatialPersistent"],
  ["Stage", "stage"],
  ["ForwardTraining", "forwardTraining"],
  ["ForwardInference", "forwardInference"],
  ["BackwardProp", "backward"],
  ["BiasScaleProperties", "scaleBiasDescriptor"],
  ["Info", "toInfo"],
] as const;

const exported: Readonly<Record<string, unknown>> = core;

describe("every function of the Go package has its counterpart", () => {
  test.each(OF_THE_GO_PACKAGE.slice(0, 3))("%s: %s", (_, name) => {
    expect(exported[name]).toBeTypeOf("function");
  });

  test.each(OF_THE_GO_PACKAGE.slice(3))("Ops.%s: %s", (_, name) => {
    const property = Object.getOwnPropertyDescriptor(core.Ops.prototype, name);
    expect(property?.get ?? property?.value).toBeTypeOf("function");
  });
});

test("and there is more: fromInfo, the backward of inference, statistics, describe, reset", () => {
  expect(core.Ops.fromInfo).toBeTypeOf("function");
  const names = Object.getOwnPropertyNames(core.Ops.prototype);
  expect(names).toEqual(
    expect.arrayContaining([
      "backwardInference",
      "createSaved",
      "describe",
      "dispose",
      "reset",
      "runningMean",
      "runningVariance",
      "savedInvVariance",
      "savedMean",
    ]),
  );
});

test("classes that only a handler makes are not for sale", () => {
  for (const name of ["Handler", "Tensor", "SavedStatistics", "PlanCache"]) {
    expect(exported).not.toHaveProperty(name);
  }
});
