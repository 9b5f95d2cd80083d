import { deferredBackend, runPlain } from "@batchnorm/conformance";
import {
  type Backend,
  BatchNormError,
  type Device,
  type DeviceMemory,
  openHandler,
  type Plan,
  preStageSpatial,
  type ReserveSpace,
  type SavedMemory,
} from "@batchnorm/core";

import { describe, expect, test } from "vitest";
import { cpu } from "../src/index.js";

type Saved = SavedMemory<DeviceMemory>;

/** Remembers which statistics it belongs to. */
class Reserve implements ReserveSpace {
  readonly #live: Set<Reserve>;
  #statistics: string;

  constructor(live: Set<Reserve>, saved: Saved) {
    this.#live = live.add(this);
    this.#statistics = bytesOf(saved);
  }

  renew(saved: Saved): void {
    this.#statistics = bytesOf(saved);
  }

  fits(saved: Saved): boolean {
    return this.#live.has(this) && this.#statistics === bytesOf(saved);
  }

  dispose(): void {
    if (!this.#live.delete(this)) throw new Error("a reserve was disposed twice");
  }
}

const bytesOf = ({ mean, invVariance }: Saved) => `${mean.bytes} ${invVariance.bytes}`;

/** The CPU, leaving a reserve with each forward, and failing on one that does not belong. */
function reserving(live: Set<Reserve>): Backend {
  const good = cpu();
  const planOf = (plan: Plan): Plan => ({
    description: plan.description,
    forwardTraining(call) {
      plan.forwardTraining(call);
      const { saved } = call;
      if (saved === null) return;
      if (saved.reserve === null) saved.reserve = new Reserve(live, saved);
      else (saved.reserve as Reserve).renew(saved);
    },
    forwardInference: (call) => plan.forwardInference(call),
    backward(call) {
      const { saved } = call;
      if (saved?.reserve && !(saved.reserve as Reserve).fits(saved)) {
        throw new BatchNormError("BACKEND_FAILURE", "the reserve is not of these statistics");
      }
      plan.backward(call);
    },
    backwardInference: (call) => plan.backwardInference(call),
    dispose: () => plan.dispose(),
  });
  const deviceOf = (device: Device): Device => ({
    description: device.description,
    capabilities: device.capabilities,
    failure: null,
    allocate: (byteLength) => device.allocate(byteLength),
    initialize: (memory, source) => device.initialize(memory, source),
    write: (memory, source) => device.write(memory, source),
    read: (memory, target) => device.read(memory, target),
    createPlan: (spec) => planOf(device.createPlan(spec)),
    synchronize: () => device.synchronize(),
    dispose: () => device.dispose(),
  });
  return { ...good, name: "reserving", openDevice: async () => deviceOf(await good.openDevice()) };
}

const FORMS: [string, (backend: Backend) => Backend][] = [
  ["at once", (backend) => backend],
  ["deferred", deferredBackend],
];

describe.each(FORMS)("a backend that leaves a reserve, %s", (_, formOf) => {
  // The whole suite in one test: a busy machine takes its time.
  test("passes the suite: it never sees a reserve of other statistics", {
    timeout: 60_000,
  }, async () => {
    const backend = formOf(reserving(new Set()));
    const { failures, passed } = await runPlain(backend, () => {}, { runs: 5 });
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(150);
  });

  test("has it disposed with the statistics, when they are written, and not before", async () => {
    const live = new Set<Reserve>();
    const handler = await openHandler(formOf(reserving(live)));
    const spec = { dataType: "float32", format: "NCHW", dims: [4, 2] } as const;
    const ops = preStageSpatial(handler);
    ops.stage(spec);
    const [x, y] = [
      handler.createTensor(spec, [1, 2, 3, 4, 5, 6, 7, 9]),
      handler.createTensor(spec),
    ];
    const [scale, bias] = [1, 0].map((value) =>
      handler.createTensor(ops.scaleBiasDescriptor, [value, value]),
    );
    const saved = ops.createSaved();
    const forward = { x, y, scale, bias, averagingFactor: 1 };
    const afterwards = async () => {
      await handler.synchronize();
      return live.size;
    };
    ops.forwardTraining(forward);
    ops.forwardTraining(forward);
    ops.forwardTraining({ ...forward, saved });
    expect(await afterwards()).toBe(2);
    await saved.mean.write([1, 2]);
    expect(await afterwards()).toBe(1);
    ops.forwardTraining({ ...forward, saved });
    saved.dispose();
    expect(await afterwards()).toBe(1);
    ops.dispose();
    expect(await afterwards()).toBe(0);
    handler.dispose();
  });
});
