import { type Backend, type Device, openHandler, type Plan, type PlanSpec } from "@batchnorm/core";
import type { Case } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectWithin } from "../compare/expectSame.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, holdParameter } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

const spec = specOf([4, 3, 2, 2]);

export const planCases: readonly Case[] = [
  {
    name: "plans: more descriptors than maxPlans are still computed right",
    async run({ open, seed }) {
      const random = createRandom(seed);
      const handler = await open({ maxPlans: 2 });
      const layers = MODES.map((mode) => createLayer(handler, { mode, spec, random }));
      for (let round = 0; round < 3; round++) {
        for (const layer of layers) {
          for (const batch of [2, 3, 4]) {
            const like = specOf([batch, 3, 2, 2]);
            const x = randomBatch(random, like, layer.ops.mode);
            const trained = await expectTraining(layer, { spec: like, x });
            await expectBackward(layer, trained, { dy: randomValues(random, like) });
            await expectInference(layer, { spec: like, x });
          }
        }
      }
    },
  },
  {
    name: "plans: a plan may go while its work is still enqueued",
    async run({ open, seed }) {
      const random = createRandom(seed);
      const handler = await open({ maxPlans: 1 });
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      const batches = [2, 3, 4, 5].map((batch) => {
        const like = specOf([batch, 3, 2, 2]);
        const x = randomBatch(random, like, "spatial");
        return { like, x, y: startTraining(layer, { spec: like, x }).y };
      });
      for (const { like, x, y } of batches) {
        const trained = await expectTraining(layer, { spec: like, x });
        expectWithin("y", await valuesOf(y.tensor), trained.y.values, 1e-4);
      }
    },
  },
  {
    name: "plans: 200 equal calls prepare one plan and take no memory",
    async run({ backend, seed }) {
      const counts = { plans: 0, allocations: 0 };
      const handler = await openHandler(counting(backend, counts));
      try {
        const random = createRandom(seed);
        const layer = createLayer(handler, { mode: "spatial", spec, random });
        const { ops, scale, bias } = layer;
        const { x, y } = startTraining(layer, { spec, x: randomBatch(random, spec, "spatial") });
        const parameters = { scale: scale.tensor, bias: bias.tensor };
        const [dScale, dBias] = [0, 0].map(() => holdParameter(handler, ops, [0, 0, 0]).tensor);
        const dx = handler.createTensor(spec);
        const before = { ...counts };
        for (let i = 0; i < 200; i++) {
          const forward = { x: x.tensor, y: y.tensor, ...parameters };
          ops.forwardTraining({ ...forward, averagingFactor: 0.1 });
          const gradients = { dx, dScale, dBias, scale: scale.tensor };
          ops.backward({ x: x.tensor, dy: y.tensor, ...gradients });
          ops.forwardInference(forward);
        }
        await handler.synchronize();
        check(before.plans === 1, `${before.plans} plans for one descriptor`);
        check(counts.plans === 1, `${counts.plans - 1} more plans in steady state`);
        const taken = counts.allocations - before.allocations;
        check(taken === 0, `${taken} allocations in steady state`);
      } finally {
        handler.dispose();
      }
    },
  },
];

/** The backend, with its plans and allocations counted. */
function counting(backend: Backend, counts: { plans: number; allocations: number }): Backend {
  const count = (device: Device): Device => ({
    description: device.description,
    capabilities: device.capabilities,
    get failure() {
      return device.failure;
    },
    allocate(byteLength) {
      counts.allocations++;
      return device.allocate(byteLength);
    },
    createPlan(planSpec: PlanSpec): Plan {
      counts.plans++;
      return device.createPlan(planSpec);
    },
    initialize: (memory, source) => device.initialize(memory, source),
    write: (memory, source) => device.write(memory, source),
    read: (memory, target) => device.read(memory, target),
    synchronize: () => device.synchronize(),
    dispose: () => device.dispose(),
  });
  return {
    specificationVersion: backend.specificationVersion,
    name: backend.name,
    probe: () => backend.probe(),
    openDevice: async () => count(await backend.openDevice()),
  };
}
