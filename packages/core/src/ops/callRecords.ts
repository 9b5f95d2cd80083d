import type { DeviceMemory } from "../contract/device.js";
import type {
  BackwardCall,
  BackwardInferenceCall,
  ForwardInferenceCall,
  ForwardTrainingCall,
  RunningMemory,
  SavedMemory,
} from "../contract/plan.js";
import type { Activation } from "../vocabulary/activation.js";

type Memory = DeviceMemory;

/**
 * The records that ops hand to plans. Each ops keeps one of each and fills it anew for every call,
 * so that a call allocates nothing.
 */
export class ForwardRecord {
  declare x: Memory;
  declare y: Memory;
  declare scale: Memory;
  declare bias: Memory;
  z: Memory | null = null;
  activation: Activation = "identity";
  epsilon = 0;
  alpha = 1;
  beta = 0;
}

export class TrainingRecord extends ForwardRecord implements ForwardTrainingCall<Memory> {
  averagingFactor = 0;
  running: RunningMemory<Memory> | null = null;
  saved: SavedMemory<Memory> | null = null;
}

export class InferenceRecord extends ForwardRecord implements ForwardInferenceCall<Memory> {
  declare running: RunningMemory<Memory>;
}

export class GradientRecord {
  declare x: Memory;
  declare dy: Memory;
  declare scale: Memory;
  declare dx: Memory;
  declare dScale: Memory;
  declare dBias: Memory;
  y: Memory | null = null;
  bias: Memory | null = null;
  dz: Memory | null = null;
  activation: Activation = "identity";
  epsilon = 0;
  alphaData = 1;
  betaData = 0;
  alphaParam = 1;
  betaParam = 0;
}

export class BackwardRecord extends GradientRecord implements BackwardCall<Memory> {
  saved: SavedMemory<Memory> | null = null;
}

export class BackwardInferenceRecord
  extends GradientRecord
  implements BackwardInferenceCall<Memory>
{
  declare running: RunningMemory<Memory>;
}
