import { type Backend, SPECIFICATION_VERSION } from "../contract/backend.js";
import type { Capabilities } from "../contract/capabilities.js";
import type { Device, DeviceDescription } from "../contract/device.js";
import type { RuntimeError } from "../contract/runtimeError.js";
import { argumentError, describeValue } from "../errors/argumentError.js";
import { BatchNormError } from "../errors/batchNormError.js";
import { checkObject, checkOptions, checkPositiveInteger } from "../errors/check.js";
import { namingCall } from "../errors/namingCall.js";
import { bytesOf, type HostValues, toNativeArray } from "../tensor/hostValues.js";
import { Tensor, type TensorOwner } from "../tensor/tensor.js";
import {
  createTensorDescriptor,
  type TensorDescriptor,
  type TensorSpec,
} from "../tensor/tensorDescriptor.js";
import type { DataType } from "../vocabulary/dataType.js";
import { disposeSymbol } from "../vocabulary/dispose.js";
import { DescriptorInterner } from "./descriptorInterner.js";
import { HandlerTiming } from "./handlerTiming.js";
import { PlanCache } from "./planCache.js";
import { checkSupported } from "./support.js";

/** Options of a handler on any backend. */
export interface HandlerOptions {
  /** Plans kept for reuse, over all ops of the handler. Default 256. */
  readonly maxPlans?: number;
}

const DEFAULT_MAX_PLANS = 256;

/** How a handler's backend was chosen. */
export interface Selection {
  /** What was asked for: `auto`, a shorthand, or the name of a backend object. */
  readonly requested: string;
  /** The backend in use. */
  readonly chosen: string;
  /** Better backends that `auto` could not use, best first, each with the reason. */
  readonly refused: readonly RefusedBackend[];
}

/** A backend that could not be used, and what to do about it. */
export interface RefusedBackend {
  readonly backend: string;
  readonly tried: readonly string[];
  readonly found: string;
  /** The next command to type, or step to take. */
  readonly next: string;
}

/**
 * Opens a handler on a backend object.
 * @throws BatchNormError `SPECIFICATION_VERSION_MISMATCH`, `BACKEND_UNAVAILABLE`, `INVALID_ARGUMENT`
 */
export async function openHandler(
  backend: Backend,
  options: HandlerOptions = {},
  selection?: Selection,
): Promise<Handler> {
  const call = "openHandler";
  const { maxPlans } = checkHandlerOptions(call, checkOptions(call, options, ["maxPlans"]));
  checkBackend(call, backend);
  const device = await backend.openDevice();
  return new Handler(selection ?? chosenDirectly(backend.name), device, maxPlans);
}

/** The options with their defaults. @throws BatchNormError `INVALID_ARGUMENT` */
export function checkHandlerOptions(
  call: string,
  { maxPlans = DEFAULT_MAX_PLANS }: { readonly maxPlans?: unknown },
): Required<HandlerOptions> {
  return { maxPlans: checkPositiveInteger(call, "maxPlans", maxPlans) };
}

function chosenDirectly(name: string): Selection {
  return { requested: name, chosen: name, refused: [] };
}

/**
 * Refuses what is not a backend of this contract, before anything of it is called.
 * @throws BatchNormError `SPECIFICATION_VERSION_MISMATCH`, `INVALID_ARGUMENT`
 */
export function checkBackend(call: string, backend: unknown): asserts backend is Backend {
  const given = checkObject(call, "backend", backend);
  if (given.specificationVersion !== SPECIFICATION_VERSION) {
    throw argumentError("SPECIFICATION_VERSION_MISMATCH", {
      call,
      argument: `specificationVersion of backend ${describeValue(given.name)}`,
      expected: String(SPECIFICATION_VERSION),
      received: given.specificationVersion,
    });
  }
  for (const member of ["probe", "openDevice"]) {
    if (typeof given[member] === "function") continue;
    const argument = `backend.${member}`;
    const received = given[member];
    throw argumentError("INVALID_ARGUMENT", { call, argument, expected: "a function", received });
  }
}

/**
 * A live connection to one device of one backend: creates tensors, holds plans, orders all work on
 * one stream. Dispose it when done; its tensors and ops end with it.
 */
export class Handler {
  readonly selection: Selection;
  /** Times on the device; null where it has no clock of its own. */
  readonly timing: HandlerTiming | null;
  /** @internal */ readonly device: Device;
  /** @internal */ readonly plans: PlanCache;
  /** @internal Calls of ops so far; see `overlapCheck`. */ callCount = 0;
  readonly #interner = new DescriptorInterner();
  #disposed = false;

  /** @internal Use `createHandler` or `openHandler`. */
  constructor(selection: Selection, device: Device, maxPlans: number) {
    this.selection = selection;
    this.device = device;
    this.timing = device.timing === undefined ? null : new HandlerTiming(this, device.timing);
    this.plans = new PlanCache(maxPlans);
  }

  /** The backend's name, for people. */
  get backendName(): string {
    return this.selection.chosen;
  }

  get capabilities(): Capabilities {
    return this.device.capabilities;
  }

  get deviceDescription(): DeviceDescription {
    return this.device.description;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * A tensor on this device, with a copy of `values` (in storage order) or zeros.
   * @throws BatchNormError `INVALID_DESCRIPTOR`, `UNSUPPORTED`, `DATA_TYPE_MISMATCH`,
   * `LENGTH_MISMATCH`, `OUT_OF_MEMORY`, `DISPOSED`, `HANDLER_FAILED`
   */
  createTensor<T extends DataType>(spec: TensorSpec<T>, values?: HostValues): Tensor<T> {
    const call = "Handler.createTensor";
    this.checkUsable(call);
    const descriptor = this.intern(createTensorDescriptor(spec, call));
    checkSupported(call, this.capabilities, descriptor);
    const native = values === undefined ? null : toNativeArray(call, descriptor, values);
    const bytes = native === null ? null : bytesOf(native);
    return namingCall(call, () => this.allocate(descriptor, bytes, null));
  }

  /**
   * Resolves when everything called before is done.
   * @throws BatchNormError (as rejection) of whatever failed meanwhile
   */
  async synchronize(): Promise<void> {
    const call = "Handler.synchronize";
    this.checkUsable(call);
    await this.device.synchronize();
    this.checkHealthy(call);
  }

  /**
   * What the device noticed going wrong numerically in the calls before; null if nothing, or where a
   * device keeps no such record. `spatialPersistent` on cuDNN may overflow on large finite input.
   * @throws BatchNormError (as rejection) `DISPOSED`, `HANDLER_FAILED`, or what failed before
   */
  async queryRuntimeError(): Promise<RuntimeError | null> {
    const call = "Handler.queryRuntimeError";
    this.checkUsable(call);
    const found = (await this.device.queryRuntimeError?.()) ?? null;
    this.checkHealthy(call);
    return found;
  }

  /** Ends the connection and frees everything on it. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.plans.clear();
    this.device.dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** @internal A tensor of a checked descriptor; frees its memory again if it cannot be filled. */
  allocate<T extends DataType>(
    descriptor: TensorDescriptor<T>,
    bytes: Uint8Array | null,
    owner: TensorOwner | null,
  ): Tensor<T> {
    const memory = this.device.allocate(descriptor.byteLength);
    try {
      if (bytes !== null) this.device.initialize(memory, bytes);
    } catch (error) {
      memory.dispose();
      throw error;
    }
    return new Tensor(this, descriptor, memory, owner);
  }

  /** @internal */
  intern<D extends TensorDescriptor>(descriptor: D): D {
    return this.#interner.intern(descriptor);
  }

  /** @internal */
  checkUsable(call: string): void {
    if (this.#disposed) {
      throw new BatchNormError("DISPOSED", `${call}: the handler was disposed`, {
        details: { call },
      });
    }
    this.checkHealthy(call);
  }

  /** @internal */
  checkHealthy(call: string): void {
    const { failure } = this.device;
    if (failure === null) return;
    throw new BatchNormError("HANDLER_FAILED", `${call}: the device failed: ${failure.message}`, {
      details: { call },
      cause: failure,
    });
  }
}
