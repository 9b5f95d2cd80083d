import { SLOT, STEP } from "../../native/callRecord.js";

/** An argument that a detour moves to memory of its own, and back. */
export interface Stop {
  readonly slot: number;
  /** Which scratch memory it is moved to; with `placeUnblended` another where nothing is blended. */
  readonly place: number;
  readonly placeUnblended?: number;
  /** `blended`: only where the slot `blend` is not 0, since the result is added to it. */
  readonly enters: "always" | "blended" | "never";
  readonly leaves: boolean;
  readonly blend?: number;
}

/** The arguments moved, for each step that goes another way. */
export type Route = ReadonlyMap<number, readonly Stop[]>;

const input = (slot: number, place: number): Stop => ({
  slot,
  place,
  enters: "always",
  leaves: false,
});

const output = (slot: number, place: number): Stop => ({
  slot,
  place,
  enters: "never",
  leaves: true,
});

const both = (slot: number, place: number): Stop => ({
  slot,
  place,
  enters: "always",
  leaves: true,
});

const result = (slot: number, place: number, blend: number, placeUnblended = place): Stop => ({
  slot,
  place,
  placeUnblended,
  enters: "blended",
  leaves: true,
  blend,
});

const PARAMETERS_OF_INFERENCE = [
  input(SLOT.scale, 0),
  input(SLOT.bias, 1),
  input(SLOT.runningMean, 2),
  input(SLOT.runningVariance, 3),
];

/** All parameters go another way. */
export const PARAMETERS: Route = new Map([
  [
    STEP.forwardTraining,
    [
      input(SLOT.scale, 0),
      input(SLOT.bias, 1),
      both(SLOT.runningMean, 2),
      both(SLOT.runningVariance, 3),
      output(SLOT.savedMean, 4),
      output(SLOT.savedInvVariance, 5),
    ],
  ],
  [STEP.forwardInference, PARAMETERS_OF_INFERENCE],
  [
    STEP.backward,
    [
      input(SLOT.scale, 0),
      input(SLOT.bias, 1),
      input(SLOT.savedMean, 4),
      input(SLOT.savedInvVariance, 5),
      result(SLOT.dScale, 6, SLOT.betaParam),
      result(SLOT.dBias, 7, SLOT.betaParam),
    ],
  ],
]);

/** The parameters of inference only. */
export const INFERENCE_PARAMETERS: Route = new Map([
  [STEP.forwardInference, PARAMETERS_OF_INFERENCE],
]);

/** A result may take the place of its input: cuDNN works in place, to the bit. */
const TENSORS_OF_A_FORWARD = [input(SLOT.x, 0), result(SLOT.y, 1, SLOT.beta, 0)];

/** x, y, dy and dx go another way. */
export const TENSORS: Route = new Map([
  [STEP.forwardTraining, TENSORS_OF_A_FORWARD],
  [STEP.forwardInference, TENSORS_OF_A_FORWARD],
  [STEP.backward, [input(SLOT.x, 0), input(SLOT.dy, 1), result(SLOT.dx, 2, SLOT.beta, 1)]],
]);
