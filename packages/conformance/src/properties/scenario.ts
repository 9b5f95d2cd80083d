import {
  BATCH_NORM_MODES,
  type BatchNormMode,
  type Capabilities,
  type DataType,
  type OpsOptions,
} from "@batchnorm/core";
import fc from "fast-check";
import { arbitraryLayout, type LayoutPlan } from "./layouts.js";

/** A layer and what is done with it. Values follow from `seed`. */
export interface Scenario {
  readonly mode: BatchNormMode;
  readonly layout: LayoutPlan;
  readonly options: Partial<OpsOptions>;
  readonly steps: readonly Step[];
  readonly seed: number;
}

export interface Step {
  readonly batch: number;
  readonly epsilon: number;
  readonly averagingFactor: number;
  readonly withZ: boolean;
  readonly activation: "identity" | "relu";
  /** Only without an activation; beta with z only where that is declared. */
  readonly blend: readonly [alpha: number, beta: number];
  /** Largest |mean| of a group, in standard deviations. */
  readonly offset: number;
  /** Save into statistics of its own, by `createSaved`. */
  readonly ownSaved: boolean;
  /** y is x in inference, dx is dy in the backwards. */
  readonly inPlace: boolean;
}

export function arbitraryScenario(
  dataTypes: readonly DataType[],
  capabilities: Capabilities,
  withGaps = false,
): fc.Arbitrary<Scenario> {
  return fc.record({
    mode: fc.constantFrom(...BATCH_NORM_MODES),
    layout: arbitraryLayout(dataTypes, capabilities, withGaps),
    options: fc.record({
      runningVariance: fc.constantFrom("unbiased", "biased"),
      savedStatistics: fc.boolean(),
    }),
    steps: fc.array(arbitraryStep(), { minLength: 1, maxLength: 3 }),
    seed: fc.integer(),
  });
}

function arbitraryStep(): fc.Arbitrary<Step> {
  const weight = fc.constantFrom(1, 0, 0.5, -1.25, 3);
  return fc.record({
    batch: fc.integer({ min: 2, max: 7 }),
    epsilon: fc.constantFrom(1e-5, 1e-3, 1e-12, 0.5),
    averagingFactor: fc.oneof(
      fc.constantFrom(0.1, 1, 0),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
    withZ: fc.boolean(),
    activation: fc.constantFrom("identity", "relu"),
    blend: fc.tuple(weight, weight),
    offset: fc.constantFrom(0, 1, 3, 10),
    ownSaved: fc.boolean(),
    inPlace: fc.boolean(),
  });
}
