/** A participant: ONNX Runtime on the CPU. Arguments: threads, folder of its package. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { elementsOf } from "../cases/shape.ts";
import type { Operation } from "../operations.ts";
import { readValues, writeValues } from "../protocol/files.ts";
import type { LoadAnswer, LoadedCase } from "../protocol/messages.ts";
import { type Participant, serve } from "../protocol/serve.ts";
import { onnxModel } from "./onnxModel.ts";

/** The part of its interface used here: the package is installed only on request. */
interface Runtime {
  readonly Tensor: new (type: string, values: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
}

interface Session {
  run(feeds: object, fetches: object): Promise<unknown>;
  release(): Promise<void>;
}

class OnnxRuntimeParticipant implements Participant {
  readonly #threads: number;
  readonly #require: NodeJS.Require;
  #session: Session | null = null;
  #y = new Float32Array(0);
  #run: () => Promise<unknown> = async () => {};

  constructor(threads: number, folder: string) {
    this.#threads = threads;
    this.#require = createRequire(join(folder, "package.json"));
  }

  async describe() {
    const { version } = this.#require("onnxruntime-node/package.json");
    const note = "Node binding, asynchronous; the result goes into memory given";
    return { version: String(version), threads: this.#threads, note };
  }

  async load({ folder, dims, format, dataType, epsilon }: LoadedCase): Promise<LoadAnswer> {
    await this.unload();
    if (dataType !== "float32") return { operations: [], missing: "float32 only" };
    if (format === "NHWC" && dims.length > 2) return { operations: [], missing: "NCHW only" };
    const { InferenceSession, Tensor }: Runtime = this.#require("onnxruntime-node");
    const values = (name: string) => readValues(folder, name, "float32");
    const model = onnxModel(dims, epsilon, {
      scale: values("scale"),
      bias: values("bias"),
      mean: values("mean"),
      variance: values("variance"),
    });
    const session = await InferenceSession.create(model, {
      executionProviders: ["cpu"],
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
    });
    this.#session = session;
    this.#y = new Float32Array(elementsOf(dims));
    const feeds = { x: new Tensor("float32", values("x"), dims) };
    const fetches = { y: new Tensor("float32", this.#y, dims) };
    this.#run = () => session.run(feeds, fetches);
    return { operations: ["inference"], missing: "inference only" };
  }

  async check(_op: Operation, folder: string): Promise<void> {
    await this.#run();
    writeValues(folder, "y", this.#y);
  }

  async time(_op: Operation | "copy", iterations: number, warm: number): Promise<number> {
    for (let i = 0; i < warm; i++) await this.#run();
    const started = process.hrtime.bigint();
    for (let i = 0; i < iterations; i++) await this.#run();
    return Number(process.hrtime.bigint() - started);
  }

  async unload(): Promise<void> {
    await this.#session?.release();
    this.#session = null;
  }
}

await serve(new OnnxRuntimeParticipant(Number(process.argv[2]), process.argv[3]));
