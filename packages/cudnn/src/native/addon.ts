/**
 * What the addon in native/ offers: CUDA's driver, cuDNN's legacy batch normalization, memory and one
 * stream a device. It decides nothing; what runs is decided in src/plan.
 */
export interface Addon {
  /** Slots of a device's call record, in order; see `CALL_FIELDS`. */
  readonly callFields: readonly string[];
  /** Steps of a plan, in the order of their numbers; see `STEPS`. */
  readonly stepNames: readonly string[];
  /** The kernels of our own that it was built with. */
  readonly kernels: BuiltKernels;
  /** Opens both libraries, once for the process. @throws NativeError */
  load(libraries: LibraryPaths): Libraries;
}

export interface BuiltKernels {
  readonly available: boolean;
  /** Why there are none, or null. */
  readonly reason: string | null;
  readonly names: readonly string[];
  /** The structs that kernels take, by name. */
  readonly layouts: Readonly<Record<string, StructLayout>>;
}

/** Where the compiler has placed the fields of a struct. */
export interface StructLayout {
  /** Bytes. */
  readonly size: number;
  /** By path, such as `shape.map.group.divisor`. */
  readonly fields: Readonly<Record<string, readonly [offset: number, kind: FieldKind]>>;
}

export type FieldKind = "u32" | "u64" | "f32" | "f64";

/** Files, or names for the system's loader to find. */
export interface LibraryPaths {
  readonly driver: string;
  readonly cudnn: string;
}

/** Both libraries, open. */
export interface Libraries {
  /** The newest CUDA the driver runs, such as 13000 for 13.0. */
  readonly driverVersion: number;
  /** Such as 91900 for 9.19.0. */
  readonly cudnnVersion: number;
  /** The CUDA that cuDNN was built with, such as 13000. */
  readonly cudnnCudaVersion: number;
  readonly deviceCount: number;
  /** @throws NativeError */
  deviceFacts(ordinal: number): DeviceFacts;
  /** @throws NativeError */
  open(ordinal: number): NativeDevice;
}

export interface DeviceFacts {
  readonly name: string;
  readonly computeCapability: readonly [major: number, minor: number];
  /** Bytes. */
  readonly totalMemory: number;
  readonly multiprocessors: number;
  /** Memory can be taken and given back in the order of the stream. */
  readonly memoryPools: boolean;
  readonly l2Bytes: number;
  readonly uuid: string;
}

/** A device with one stream. Everything takes effect in the order of the calls. */
export interface NativeDevice {
  readonly facts: DeviceFacts;
  /** Arguments of the next step, by slot. Addresses fit a float64 exactly. */
  readonly call: Float64Array;
  /** Zero-filled; 0 bytes have address 0. @throws NativeError */
  allocate(byteLength: number): NativeMemory;
  /** Copies `source` before it returns. @throws NativeError */
  initialize(memory: NativeMemory, source: Uint8Array): void;
  write(memory: NativeMemory, source: Uint8Array): Promise<void>;
  read(memory: NativeMemory, target: Uint8Array): Promise<void>;
  synchronize(): Promise<void>;
  /** Bytes. */
  memoryInfo(): { readonly free: number; readonly total: number };
  /** @throws NativeError */
  createPlan(spec: NativePlanSpec): NativePlan;
  /** Launches of kernels of our own, as one operation. @throws NativeError */
  createSequence(launches: readonly LaunchSpec[]): NativeSequence;
  /** The status of `cudnnQueryRuntimeError` after all work so far; 0 for none. */
  queryRuntimeError(): Promise<number>;
  startTiming(): void;
  /** Device milliseconds since `startTiming`. */
  stopTiming(): Promise<number>;
  /** Waits for the device, then frees everything; pending promises settle. */
  dispose(): void;
}

/** One launch of a kernel. */
export interface LaunchSpec {
  readonly kernel: string;
  readonly grid: readonly [number, number, number];
  /** Threads. */
  readonly block: number;
  /** Blocks of a cluster; 1 for none. */
  readonly cluster: number;
  readonly sharedBytes: number;
  /** All blocks must be on the device together; refused where they do not fit. */
  readonly cooperative: boolean;
  /** The kernel's parameter, but for what the patches put in. */
  readonly params: Uint8Array;
  readonly patches: readonly Patch[];
}

/** A slot of the call record goes to an offset: as address (0), float32 (1), float64 (2), uint32 (3). */
export type Patch = readonly [offset: number, slot: number, kind: 0 | 1 | 2 | 3];

export interface NativeSequence {
  /** Enqueues all launches, with the arguments in `NativeDevice.call`. @throws NativeError */
  run(): void;
  dispose(): void;
}

export interface NativeMemory {
  readonly address: number;
  readonly byteLength: number;
  /** Work already enqueued still completes. */
  dispose(): void;
}

/** Descriptors of one cuDNN call, as cuDNN shall see them. */
export interface NativePlanSpec {
  /** 0 float, 1 double, 2 half, 9 bfloat16. */
  readonly dataType: number;
  /** 0 per activation, 1 spatial, 2 spatial persistent. */
  readonly mode: number;
  /** Of x, y, z, dx, dy, dz: 4 or 5. */
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  /** Of scale, bias and the statistics. */
  readonly parameterDims: readonly number[];
  readonly parameterStrides: readonly number[];
  /** 0 float, 1 double. */
  readonly parameterType: number;
  /** Use the calls with workspace and reserve space (`…Ex`). */
  readonly extended: boolean;
  /** 0 none, 1 relu, 2 add and relu; not 0 only with `extended`. */
  readonly fusion: number;
}

export interface NativePlan {
  /** Bytes; 0 without `extended`. The plan owns the workspace, the caller the reserve space. */
  readonly trainingWorkspace: number;
  readonly backwardWorkspace: number;
  readonly reserve: number;
  /** Enqueues one step with the arguments in `NativeDevice.call`. @throws NativeError */
  run(step: number): void;
  dispose(): void;
}
