import { type Case, needs } from "../case.js";
import { expectError } from "../compare/expectRefusal.js";
import { expectEqual } from "../compare/expectSame.js";
import { geometryOf } from "../oracle/geometry.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward, expectBackwardInference } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { MODES, specOf } from "../rig/specs.js";
import { createFilled, GAP_VALUE, valuesOf } from "../rig/tensors.js";
import { expectTraining } from "../rig/train.js";

/** Ways for a 4×3×2×2 tensor to lie in memory. */
const LAYOUTS: readonly (readonly [string, readonly number[]])[] = [
  ["padded rows", [36, 12, 5, 1]],
  ["padded channels", [40, 13, 2, 1]],
  ["every second element", [24, 8, 4, 2]],
  ["padded NHWC", [20, 1, 10, 5]],
  ["N innermost", [1, 16, 8, 4]],
  ["interleaved without nesting", [2, 30, 3, 15]],
];

const name = ([label]: (typeof LAYOUTS)[number]) => label;
const dims = [4, 3, 2, 2];

export const strideCases: readonly Case[] = [
  {
    name: "strides: values are read and written in storage order, gaps included",
    skip: needs.arbitraryStrides,
    async run({ handler }) {
      const spec = specOf([2, 2], { strides: [4, 2] });
      const storage = [1, GAP_VALUE, 2, GAP_VALUE, 3, GAP_VALUE, 4];
      const tensor = handler.createTensor(spec, storage);
      expectEqual("storage", await tensor.read(), storage);
      expectEqual("logical", await valuesOf(tensor), [1, 2, 3, 4]);
      expectEqual("fresh", await handler.createTensor(spec).read(), new Array<number>(7).fill(0));
      await expectError("LENGTH_MISMATCH", () => handler.createTensor(spec, [1, 2, 3, 4]));
    },
  },
  {
    name: "strides: training and gradients are right and leave the gaps untouched",
    skip: needs.arbitraryStrides,
    async run({ handler, seed }) {
      const random = createRandom(seed);
      for (const mode of MODES) {
        await forEach(LAYOUTS, name, async ([, strides]) => {
          const spec = specOf(dims, { strides });
          const layer = createLayer(handler, { mode, spec, random });
          const x = randomBatch(random, spec, mode);
          const z = randomValues(random, spec);
          const trained = await expectTraining(layer, { spec, x, z, activation: "relu" });
          const dy = randomValues(random, spec);
          await expectBackward(layer, trained, { dy, withDz: true });
        });
      }
    },
  },
  {
    name: "strides: inference is right and leaves the gaps untouched",
    skip: needs.arbitraryStrides,
    async run({ handler, capabilities, seed }) {
      const random = createRandom(seed);
      await forEach(LAYOUTS, name, async ([, strides]) => {
        const spec = specOf(dims, { strides });
        const layer = createLayer(handler, { mode: "spatial", spec, random });
        const values = randomValues(random, spec);
        const y = await expectInference(layer, { spec, x: values });
        if (!capabilities.backwardInference) return;
        const x = { tensor: createFilled(handler, spec, values), values };
        const forward = { spec, x, y, geometry: geometryOf("spatial", dims) };
        const dy = randomValues(random, spec);
        await expectBackwardInference(layer, { ...forward, activation: "identity" }, { dy });
      });
    },
  },
  {
    name: "strides: tensors of one call must share them",
    async run({ handler }) {
      const x = createFilled(handler, specOf([2, 2, 3]), new Float32Array(12));
      const y = createFilled(handler, specOf([2, 2, 3], { format: "NHWC" }), new Float32Array(12));
      const layer = createLayer(handler, { mode: "spatial", spec: x.descriptor });
      const { ops, scale, bias } = layer;
      const args = { x, y, scale: scale.tensor, bias: bias.tensor };
      await expectError("SHAPE_MISMATCH", () => ops.forwardInference(args));
      await expectError("SHAPE_MISMATCH", () => ops.forwardInference({ ...args, y: x, z: y }));
    },
  },
];
