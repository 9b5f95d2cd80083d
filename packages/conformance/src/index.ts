/** The executable meaning of the backend contract: for authors of backends. */
export { ConformanceError } from "./compare/conformanceError.js";
export {
  type ConformanceCount,
  type ConformanceOptions,
  conformance,
  type Runner,
} from "./conformance.js";
export type { CaseOptions } from "./runCase.js";
export { type Failure, type PlainOptions, type PlainResult, runPlain } from "./runPlain.js";
export { type BrokenBackend, brokenBackends } from "./selfTest/brokenBackends.js";
export { modestBackend } from "./selfTest/modestBackend.js";
export { deferredBackend } from "./selfTest/sabotagedBackend.js";
export { selfTest } from "./selfTest/selfTest.js";
