import { type BatchNormMode, createTensorDescriptor, type TensorSpec } from "@batchnorm/core";
import { CudnnMemory } from "../../src/device/cudnnMemory.ts";
import { Scratch } from "../../src/device/scratch.ts";
import { Kernels } from "../../src/fused/kernels.ts";
import type { NativeDevice, NativeMemory, NativePlanSpec } from "../../src/native/addon.ts";
import { CALL_FIELDS, STEP_NAMES } from "../../src/native/callRecord.ts";
import { CudnnPlan } from "../../src/plan/cudnnPlan.ts";
import type { PlanHost } from "../../src/plan/planHost.ts";
import { refusal } from "./nativeErrors.ts";

/** One step that was run: its name, its plan, and what it was given, by name. Zeros are left out. */
export interface RecordedStep {
  readonly step: string;
  readonly spec: NativePlanSpec;
  readonly given: Readonly<Record<string, number | string>>;
}

interface RecorderOptions {
  /** True for plans that cannot be made. */
  readonly refusesPlan?: (spec: NativePlanSpec) => boolean;
  /** True for steps that cuDNN does not take. */
  readonly refuses?: (spec: NativePlanSpec, step: string) => boolean;
  /** Of an extended plan. */
  readonly workspace?: number;
  readonly reserve?: number;
}

/** The addon as it is built without CUDA's compiler. */
const NO_KERNELS = { available: false, reason: "none here", names: [], layouts: {} };

const ADDRESSES = CALL_FIELDS.slice(0, 15);

/** A device that computes nothing and writes down every step. */
export class Recorder implements PlanHost {
  readonly steps: RecordedStep[] = [];
  readonly native: NativeDevice;
  readonly kernels: Kernels;
  readonly dataScratch: Scratch;
  readonly reserveScratch: Scratch;
  readonly places: readonly Scratch[];
  /** Plans and memories that are alive. */
  alive = 0;
  readonly #names = new Map<number, string>([[0, ""]]);
  #nextAddress = 4096;

  constructor({ refusesPlan, refuses, workspace = 64, reserve = 32 }: RecorderOptions = {}) {
    const call = new Float64Array(CALL_FIELDS.length);
    const createPlan = (spec: NativePlanSpec) => {
      if (refusesPlan?.(spec)) throw refusal();
      this.alive++;
      return {
        trainingWorkspace: spec.extended ? workspace : 0,
        backwardWorkspace: spec.extended ? workspace : 0,
        reserve: spec.fusion === 2 ? reserve : 0,
        run: (number: number) => {
          const step = STEP_NAMES[number];
          if (refuses?.(spec, step)) throw refusal();
          this.steps.push({ step, spec, given: this.#given(call) });
        },
        dispose: () => {
          this.alive--;
        },
      };
    };
    const allocate = (byteLength: number) => this.#allocate(byteLength, "scratch");
    this.native = { call, createPlan, allocate } as unknown as NativeDevice;
    this.kernels = new Kernels(NO_KERNELS, { computeCapability: [9, 0], multiprocessors: 132 });
    this.dataScratch = new Scratch(this.native);
    this.reserveScratch = new Scratch(this.native);
    this.places = Array.from({ length: 8 }, () => new Scratch(this.native));
  }

  /** Memory that the steps are shown to use by this name. */
  memory(name: string, byteLength = 64): CudnnMemory {
    return new CudnnMemory(this.#allocate(byteLength, name));
  }

  allocate(byteLength: number): CudnnMemory {
    return this.memory("reserve", byteLength);
  }

  errorOf(error: unknown): unknown {
    return error;
  }

  plan(mode: BatchNormMode, spec: TensorSpec): CudnnPlan {
    const x = createTensorDescriptor(spec);
    const [, channels, ...space] = x.dims;
    const positions = mode === "perActivation" ? space : space.map(() => 1);
    const dataType = x.dataType === "float64" ? "float64" : "float32";
    const parameters = createTensorDescriptor({
      dataType,
      format: "NCHW",
      dims: [1, channels, ...positions],
    });
    return new CudnnPlan({ mode, x, parameters }, this);
  }

  /** The names of the steps since the last time this was asked. */
  taken(): string[] {
    return this.steps.splice(0).map(({ step }) => step);
  }

  #allocate(byteLength: number, name: string): NativeMemory {
    this.alive++;
    const address = this.#nextAddress;
    this.#nextAddress += byteLength + 4096;
    this.#names.set(address, name);
    const dispose = () => {
      this.alive--;
    };
    return { address, byteLength, dispose };
  }

  #given(call: Float64Array): Record<string, number | string> {
    const entries = CALL_FIELDS.map((field, i): [string, number | string] => [
      field,
      ADDRESSES.includes(field) ? (this.#names.get(call[i]) ?? "unknown") : call[i],
    ]);
    return Object.fromEntries(entries.filter(([, value]) => value !== 0 && value !== ""));
  }
}
