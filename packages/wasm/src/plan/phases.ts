/** What the module's `run` can do, in the order of `Phase` in assembly/index.ts. */
export const PHASES = [
  "stats",
  "apply",
  "gradientSums",
  "inputGradient",
  "inputGradientFixed",
  "finishForward",
  "prepareInference",
  "prepareFromSaved",
  "prepareFromBatch",
  "prepareFromRunning",
  "finishBackward",
  "finishBackwardFixed",
  "forwardGroup",
  "backwardGroup",
] as const;

export type Phase = (typeof PHASES)[number];

const CODES = new Map<Phase, number>(PHASES.map((phase, code) => [phase, code]));

export function phaseCode(phase: Phase): number {
  return CODES.get(phase) as number;
}
