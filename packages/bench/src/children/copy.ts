/** A participant: a copy in WebAssembly over shared memory. Arguments: mode, threads. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { bytesPerElement } from "@batchnorm/core";
import loadWabt from "wabt";
import { elementsOf } from "../cases/shape.ts";
import { packageRoot } from "../packageRoot.ts";
import type { LoadAnswer, LoadedCase } from "../protocol/messages.ts";
import { type Participant, serve } from "../protocol/serve.ts";
import { timeLoop } from "../protocol/timeLoop.ts";
import { CONTROL, type Copy, type CopyMode, copyOf } from "./copyCrew.ts";

const PAGE = 65_536;

class CopyParticipant implements Participant {
  readonly #mode: CopyMode;
  readonly #threads: number;
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
  readonly #control = new SharedArrayBuffer(64);
  readonly #words = new Int32Array(this.#control);
  #copy: Copy | null = null;

  constructor(mode: CopyMode, threads: number) {
    this.#mode = mode;
    this.#threads = threads;
  }

  async describe() {
    this.#copy ??= await this.#start();
    const note = { bulk: "memory.copy", stores: "16-byte loads and stores" }[this.#mode];
    return {
      version: `WebAssembly in Node ${process.versions.node}`,
      threads: this.#threads,
      note: `${note}, each thread its share`,
    };
  }

  async load({ dims, dataType }: LoadedCase): Promise<LoadAnswer> {
    const bytes = Math.ceil((elementsOf(dims) * bytesPerElement(dataType)) / 64) * 64;
    const half = Math.ceil(bytes / PAGE) * PAGE;
    const missing = 2 * half - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    // Touched now, so that no page is mapped while the clock runs.
    new Uint8Array(this.#memory.buffer, 0, 2 * half).fill(1);
    this.#words[CONTROL.bytes] = bytes;
    this.#words[CONTROL.from] = 0;
    this.#words[CONTROL.to] = half;
    return { operations: ["copy"], missing: "" };
  }

  async check(): Promise<void> {}

  async time(_op: string, iterations: number, warm: number): Promise<number> {
    const words = this.#words;
    const copy = this.#copy;
    if (copy === null) throw new Error("not started");
    const helpers = this.#threads - 1;
    Atomics.store(words, CONTROL.asleep, 0);
    Atomics.notify(words, CONTROL.asleep);
    const call = () => {
      const finished = (Atomics.add(words, CONTROL.call, 1) + 1) * helpers;
      copy(0);
      while (Atomics.load(words, CONTROL.finished) < finished);
    };
    const nanoseconds = await timeLoop(call, async () => {}, iterations, warm);
    Atomics.store(words, CONTROL.asleep, 1);
    return nanoseconds;
  }

  async unload(): Promise<void> {}

  async #start(): Promise<Copy> {
    const wabt = await loadWabt();
    const source = readFileSync(join(packageRoot, "peers/copy.wat"), "utf8");
    const parsed = wabt.parseWat("copy.wat", source, {
      simd: true,
      threads: true,
      bulk_memory: true,
    });
    const module = await WebAssembly.compile(parsed.toBinary({}).buffer as Uint8Array<ArrayBuffer>);
    const shared = {
      module,
      memory: this.#memory,
      control: this.#control,
      mode: this.#mode,
      threads: this.#threads,
    };
    this.#words[CONTROL.asleep] = 1;
    for (let part = 1; part < this.#threads; part++) {
      const workerData = { ...shared, part };
      const helper = new Worker(new URL("./copyHelper.js", import.meta.url), { workerData });
      // A thread that has not begun would wait for this one, which later spins.
      await once(helper, "online");
    }
    return copyOf(shared);
  }
}

await serve(new CopyParticipant(process.argv[2] as CopyMode, Number(process.argv[3])));
