/**
 * Slots of a device's call record: the arguments of every step. Addresses are 0 where absent.
 * Literals, so that the compiler of the engine can fold them.
 */
export const SLOT = Object.freeze({
  x: 0,
  y: 1,
  z: 2,
  dy: 3,
  dx: 4,
  dz: 5,
  scale: 6,
  bias: 7,
  dScale: 8,
  dBias: 9,
  runningMean: 10,
  runningVariance: 11,
  savedMean: 12,
  savedInvVariance: 13,
  reserve: 14,
  reserveBytes: 15,
  epsilon: 16,
  averagingFactor: 17,
  alpha: 18,
  beta: 19,
  alphaParam: 20,
  betaParam: 21,
  bytes: 22,
  savedMeanLow: 23,
  /** Bits for kernels of our own; see `FLAG`. */
  flags: 24,
} as const);

/** Bits of the slot `flags`, as native/kernels/params.h has them. */
export const FLAG = Object.freeze({ relu: 1, biasedRunningVariance: 2 } as const);

/** Steps of a native plan. */
export const STEP = Object.freeze({
  /** Reads z only in a plan fused with it. */
  forwardTraining: 0,
  forwardInference: 1,
  backward: 2,
  /** dScale *= alpha, where dScale is any parameter. */
  scaleParameters: 3,
  /** y = max(y, 0), NaN passes. */
  relu: 4,
  /** dx = dy where y > 0. */
  reluBackward: 5,
  /** y = alpha · z + beta · y */
  addTensor: 6,
  /** `bytes` bytes from x to y. */
  copy: 7,
  /** `bytes` bytes at y become 0. */
  clear: 8,
  /** y = z, where z has the dims of the parameters: repeated along every dim that is 1 there. */
  spread: 9,
  /** y = z, where z has the dims of y and the parameters' strides. */
  transformIn: 10,
  /** z = y, where z has the dims of y and the parameters' strides. */
  transformOut: 11,
} as const);

/** The names in the order of their numbers, to hold the addon to. */
export const CALL_FIELDS: readonly string[] = Object.keys(SLOT);
export const STEP_NAMES: readonly string[] = Object.keys(STEP);
