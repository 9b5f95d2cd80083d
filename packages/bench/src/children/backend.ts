/** A participant: one of this project's backends. Argument: its specification as JSON. */
import type { Handler, Tensor } from "batchnorm";
import type { BackendSpec } from "../cli/backendSpec.ts";
import { OPERATIONS, type Operation } from "../operations.ts";
import { writeValues } from "../protocol/files.ts";
import type { LoadAnswer, LoadedCase } from "../protocol/messages.ts";
import { type Participant, serve } from "../protocol/serve.ts";
import { timeLoop } from "../protocol/timeLoop.ts";
import { heapPerCall } from "./heapPerCall.ts";
import { Layer } from "./layer.ts";
import { openBackend } from "./openBackend.ts";

class BackendParticipant implements Participant {
  readonly #spec: BackendSpec;
  #opened: Promise<Handler> | null = null;
  #loaded: { readonly layer: Layer; readonly from: LoadedCase } | null = null;

  constructor(spec: BackendSpec) {
    this.#spec = spec;
  }

  async describe() {
    const { deviceDescription } = await this.#handler();
    return { version: "this project", threads: this.#spec.threads, note: deviceDescription.name };
  }

  async load(from: LoadedCase): Promise<LoadAnswer> {
    await this.unload();
    const handler = await this.#handler();
    if (!handler.capabilities.dataTypes.includes(from.dataType)) {
      return { operations: [], missing: `the backend does not have ${from.dataType}` };
    }
    this.#loaded = { layer: new Layer(handler, from), from };
    await handler.synchronize();
    return { operations: OPERATIONS, missing: "" };
  }

  async check(op: Operation, folder: string): Promise<void> {
    const { layer, from } = this.#current();
    if (op === "inference") await layer.setRunning(from);
    layer.calls[op]();
    const { ops, results } = layer;
    const { y, dx, dScale, dBias } = results;
    const written: Readonly<Record<Operation, Readonly<Record<string, Tensor>>>> = {
      training: { y, savedMean: ops.savedMean, savedInvStd: ops.savedInvVariance },
      backward: { dx, dScale, dBias },
      inference: { y },
    };
    for (const [name, tensor] of Object.entries(written[op])) {
      writeValues(folder, name, await tensor.read());
    }
  }

  async time(op: Operation | "copy", iterations: number, warm: number): Promise<number> {
    if (op === "copy") throw new Error("copies are measured elsewhere");
    const handler = await this.#handler();
    const { layer } = this.#current();
    return timeLoop(layer.calls[op], () => handler.synchronize(), iterations, warm);
  }

  async heap(iterations: number): Promise<number> {
    const handler = await this.#handler();
    const { layer } = this.#current();
    return heapPerCall(layer.calls.training, () => handler.synchronize(), iterations);
  }

  async unload(): Promise<void> {
    this.#loaded?.layer.dispose();
    this.#loaded = null;
  }

  #handler(): Promise<Handler> {
    this.#opened ??= openBackend(this.#spec);
    return this.#opened;
  }

  #current() {
    if (this.#loaded === null) throw new Error("nothing is loaded");
    return this.#loaded;
  }
}

await serve(new BackendParticipant(JSON.parse(process.argv[2])));
