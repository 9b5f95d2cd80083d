import type { Backend } from "@batchnorm/core";
import type { Need } from "../case.js";
import type { Broken } from "./broken/broken.js";
import { brokenDevice } from "./broken/device.js";
import { brokenForward } from "./broken/forward.js";
import { brokenGradients } from "./broken/gradients.js";
import { brokenParameters } from "./broken/parameters.js";
import { brokenRange } from "./broken/range.js";
import { brokenReserve } from "./broken/reserve.js";
import { brokenRunning } from "./broken/running.js";
import { brokenStatistics } from "./broken/statistics.js";
import { brokenTiming } from "./broken/timing.js";
import { sabotagedBackend } from "./sabotagedBackend.js";

/** A backend that is wrong in one way, and the cases that must fail on it. */
export interface BrokenBackend {
  /** What is wrong. */
  readonly name: string;
  readonly backend: Backend;
  readonly caughtBy: readonly string[];
  /** Why a backend with these capabilities cannot be broken so; null if it can. */
  readonly skip: Need;
}

const ALL: readonly Broken[] = [
  ...brokenStatistics,
  ...brokenRunning,
  ...brokenForward,
  ...brokenGradients,
  ...brokenParameters,
  ...brokenTiming,
  ...brokenRange,
  ...brokenReserve,
  ...brokenDevice,
];

/** The backend made wrong, in one way each. A suite that passes one of these is not worth running. */
export function brokenBackends(good: Backend): BrokenBackend[] {
  return ALL.map(({ name, caughtBy, create, skip = () => null }) => ({
    name,
    caughtBy,
    skip,
    backend: sabotagedBackend(good, `which ${name}`, create),
  }));
}
