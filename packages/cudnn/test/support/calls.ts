import type {
  BackwardCall,
  ForwardInferenceCall,
  ForwardTrainingCall,
  SavedMemory,
} from "@batchnorm/core";
import type { CudnnMemory } from "../../src/device/cudnnMemory.ts";
import type { Recorder } from "./recorder.ts";

type Memory = CudnnMemory;

/** Every memory of a layer, and calls with all of them. */
export function callsOn(recorder: Recorder) {
  const memory = (name: string) => recorder.memory(name);
  const saved: SavedMemory<Memory> = {
    mean: memory("savedMean"),
    meanLow: memory("meanLow"),
    invVariance: memory("savedInvVariance"),
    reserve: null,
  };
  const running = {
    mean: memory("runningMean"),
    variance: memory("runningVariance"),
    convention: "unbiased" as const,
  };
  const data = { x: memory("x"), y: memory("y"), scale: memory("scale"), bias: memory("bias") };
  const forward = {
    ...data,
    z: null,
    activation: "identity" as const,
    epsilon: 1e-5,
    alpha: 1,
    beta: 0,
  };
  const training: ForwardTrainingCall<Memory> = {
    ...forward,
    averagingFactor: 0.1,
    running,
    saved,
  };
  const inference: ForwardInferenceCall<Memory> = { ...forward, running };
  const backward: BackwardCall<Memory> = {
    ...data,
    y: null,
    bias: null,
    dy: memory("dy"),
    dx: memory("dx"),
    dz: null,
    dScale: memory("dScale"),
    dBias: memory("dBias"),
    activation: "identity",
    epsilon: 1e-5,
    alphaData: 1,
    betaData: 0,
    alphaParam: 1,
    betaParam: 0,
    saved,
  };
  const relu = { activation: "relu" as const };
  const backwardOfRelu = { ...backward, ...relu, y: data.y, bias: data.bias };
  return { training, inference, backward, backwardOfRelu, relu, z: memory("z"), dz: memory("dz") };
}
