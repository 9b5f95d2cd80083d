// What the tests call in a page, and in a worker of a page: bundled from the built packages.

import { runPlain } from "@batchnorm/conformance";
import { wasm } from "@batchnorm/wasm";
import { createHandler, type Handler, isBatchNormError, preStageSpatial } from "batchnorm";

const large = { dataType: "float32", format: "NCHW", dims: [32, 64, 56, 56] } as const;

/** A training call on a large tensor, ready to be made again and again. */
function prepare(handler: Handler) {
  const ops = preStageSpatial(handler);
  ops.stage(large);
  const x = handler.createTensor(large);
  const y = handler.createTensor(large);
  const scale = handler.createTensor(ops.scaleBiasDescriptor);
  const bias = handler.createTensor(ops.scaleBiasDescriptor);
  scale.data.fill(1);
  bias.data.fill(3);
  x.data.forEach((_, i, all) => {
    all[i] = i % 2;
  });
  const train = () => ops.forwardTraining({ x, y, scale, bias, averagingFactor: 1, epsilon: 0.75 });
  return { train, y };
}

/** Longest time between two beats of a timer while `work` goes on, in milliseconds. */
async function longestSilence(work: () => Promise<void>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const beat = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(beat, 10);
  await work();
  beat();
  clearInterval(timer);
  return longest;
}

/** Every call of `Atomics.wait` in this thread, by its time limit, while `work` goes on. */
async function waitsDuring(work: () => Promise<void>): Promise<number[]> {
  const { wait } = Atomics;
  const limits: number[] = [];
  Atomics.wait = ((...args: [Int32Array, number, number, number?]) => {
    limits.push(args[3] ?? Number.POSITIVE_INFINITY);
    return wait(...args);
  }) as typeof wait;
  try {
    await work();
  } finally {
    Atomics.wait = wait;
  }
  return limits;
}

/** Keeps hold of the workers that are started while `work` goes on. */
async function recordWorkers(work: (started: Worker[]) => Promise<void>): Promise<object> {
  const Original = Worker;
  const { createObjectURL, revokeObjectURL } = URL;
  const counts = { started: 0, terminated: 0, created: 0, revoked: 0 };
  const started: Worker[] = [];
  globalThis.Worker = class extends Original {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      started.push(this);
      counts.started++;
    }

    override terminate(): void {
      counts.terminated++;
      super.terminate();
    }
  };
  URL.createObjectURL = (blob) => {
    counts.created++;
    return createObjectURL.call(URL, blob);
  };
  URL.revokeObjectURL = (url) => {
    counts.revoked++;
    revokeObjectURL.call(URL, url);
  };
  try {
    await work(started);
  } finally {
    globalThis.Worker = Original;
    Object.assign(URL, { createObjectURL, revokeObjectURL });
  }
  return counts;
}

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "resolved",
    (error: unknown) => (isBatchNormError(error) ? error.code : String(error)),
  );

const functions = {
  /** What `auto` takes here. */
  async auto() {
    const handler = await createHandler();
    const { selection, deviceDescription } = handler;
    handler.dispose();
    const cudnn = await outcomeOf(createHandler({ backend: "cudnn" }));
    return {
      isolated: globalThis.crossOriginIsolated,
      processors: navigator.hardwareConcurrency,
      selection,
      device: deviceDescription.name,
      cudnn,
    };
  },

  async describe(threads: number) {
    const handler = await createHandler({ backend: wasm({ threads }) });
    handler.dispose();
    return handler.deviceDescription.name;
  },

  async conformance(threads: number, runs: number) {
    const lines: string[] = [];
    const started = performance.now();
    const print = (line: string) => lines.push(line);
    const { passed, failed } = await runPlain(wasm({ threads }), print, { runs });
    return { passed, failed, lines, seconds: (performance.now() - started) / 1000 };
  },

  /** A good second of work, and what this thread could do meanwhile. */
  async beat(threads: number, calls: number) {
    const handler = await createHandler({ backend: wasm({ threads }) });
    const { train, y } = prepare(handler);
    let enqueued = 0;
    let done = 0;
    let longest = 0;
    const waits = await waitsDuring(async () => {
      longest = await longestSilence(async () => {
        const started = performance.now();
        for (let i = 0; i < calls; i++) train();
        enqueued = performance.now() - started;
        await handler.synchronize();
        done = performance.now() - started;
      });
    });
    const values = [...new Set(y.data.subarray(0, 1000))];
    handler.dispose();
    return { longest, waits, enqueued, done, values };
  },

  /** How this thread waits while a handler is opened and closed. */
  waitsOfOpening: (threads: number) =>
    waitsDuring(async () => {
      const handler = await createHandler({ backend: wasm({ threads }) });
      handler.dispose();
    }),

  /** What a handler starts, and what is left of it. */
  lifecycle: (threads: number) =>
    recordWorkers(async () => {
      const handler = await createHandler({ backend: wasm({ threads }) });
      const { train } = prepare(handler);
      train();
      await handler.synchronize();
      handler.dispose();
    }),

  /** A worker that fails while calls are waiting. */
  async lose(threads: number) {
    const outcomes: string[] = [];
    await recordWorkers(async (started) => {
      const handler = await createHandler({ backend: wasm({ threads }) });
      const { train, y } = prepare(handler);
      train();
      // Not what the coordinator expects: it throws. The first one only shows that workers are allowed.
      started[1].postMessage(null);
      train();
      outcomes.push(await outcomeOf(handler.synchronize()));
      outcomes.push(await outcomeOf(y.read()));
      outcomes.push(await outcomeOf(Promise.resolve().then(train)));
      handler.dispose();
    });
    return outcomes;
  },
};

export type Harness = typeof functions;

declare global {
  var harness: Harness;
}

globalThis.harness = functions;

interface Asked {
  readonly name: keyof Harness;
  readonly args: readonly number[];
}

// Inside a worker the page asks by message; the port it sends answers.
if (typeof document === "undefined") {
  globalThis.onmessage = async ({ data, ports }: MessageEvent<Asked>) => {
    const run = functions[data.name] as (...args: readonly number[]) => Promise<unknown>;
    try {
      ports[0].postMessage({ result: await run(...data.args) });
    } catch (error) {
      ports[0].postMessage({ error: String(error) });
    }
  };
}
