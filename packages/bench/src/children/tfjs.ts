/** A participant: TensorFlow.js with its WebAssembly backend. Argument: threads. */
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { getThreadsCount, setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { Operation } from "../operations.ts";
import { readValues, writeValues } from "../protocol/files.ts";
import type { LoadAnswer, LoadedCase } from "../protocol/messages.ts";
import { type Participant, serve } from "../protocol/serve.ts";
import { timeLoop } from "../protocol/timeLoop.ts";

type Forward = Exclude<Operation, "backward">;
type Results = Readonly<Record<string, tf.Tensor>>;

class TensorFlowParticipant implements Participant {
  readonly #threads: number;
  #calls: Readonly<Record<Forward, () => Results>> | null = null;
  #inputs: readonly tf.Tensor[] = [];
  #epsilon = 0;

  constructor(threads: number) {
    this.#threads = threads;
  }

  async describe() {
    const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(dirname(main) + sep);
    setThreadsCount(this.#threads);
    await tf.setBackend("wasm");
    await tf.ready();
    const threaded = await tf.env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT");
    const threads = threaded ? getThreadsCount() : 1;
    const note = threaded ? "" : "; it switches its threads off in Node";
    return { version: tf.version_core, threads, note: `WebAssembly backend${note}` };
  }

  async load({ folder, dims, format, dataType, epsilon }: LoadedCase): Promise<LoadAnswer> {
    await this.unload();
    const [n, c, ...space] = dims;
    if (dataType !== "float32") return { operations: [], missing: "float32 only" };
    if (space.length > 2) return { operations: [], missing: "no more than 2 spatial dims" };
    if (space.length > 0 && format === "NCHW") return { operations: [], missing: "NHWC only" };
    const parameter = (name: string) => tf.tensor1d(readValues(folder, name, "float32"));
    const stored = [n, ...space, c] as [number, number, number, number];
    const x: tf.Tensor4D = tf.tensor(readValues(folder, "x", "float32"), stored);
    const [scale, bias, mean, variance] = ["scale", "bias", "mean", "variance"].map(parameter);
    this.#inputs = [x, scale, bias, mean, variance];
    this.#epsilon = epsilon;
    const axes = stored.map((_, axis) => axis).slice(0, -1);
    this.#calls = {
      training: () => {
        const moments = tf.moments(x, axes);
        const { mean: savedMean, variance: biased } = moments as {
          mean: tf.Tensor1D;
          variance: tf.Tensor1D;
        };
        const y = tf.batchNorm(x, savedMean, biased, bias, scale, epsilon);
        return { y, savedMean, biased };
      },
      inference: () => ({ y: tf.batchNorm(x, mean, variance, bias, scale, epsilon) }),
    };
    const missing = "backward: its gradient of batchNorm takes the statistics as constants";
    return { operations: ["training", "inference"], missing };
  }

  async check(op: Operation, folder: string): Promise<void> {
    tf.tidy(() => {
      const { biased, ...results } = this.#callOf(op)();
      // What this library has is the variance; the comparison is in the form the others save.
      const saved = biased && { savedInvStd: tf.rsqrt(tf.add(biased, this.#epsilon)) };
      for (const [name, tensor] of Object.entries({ ...results, ...saved })) {
        writeValues(folder, name, tensor.dataSync());
      }
    });
  }

  async time(op: Operation | "copy", iterations: number, warm: number): Promise<number> {
    const call = this.#callOf(op);
    // Its kernels finish before they return; memory is given back as a user would, call by call.
    const tidy = () => {
      tf.tidy(() => {
        call();
      });
    };
    return timeLoop(tidy, async () => {}, iterations, warm);
  }

  async unload(): Promise<void> {
    this.#calls = null;
    tf.dispose([...this.#inputs]);
    this.#inputs = [];
  }

  #callOf(op: Operation | "copy"): () => Results {
    if (this.#calls === null || op === "copy" || op === "backward") throw new Error(`no ${op}`);
    return this.#calls[op];
  }
}

await serve(new TensorFlowParticipant(Number(process.argv[2])));
