import { DATA_TYPES } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { expectError } from "../compare/expectRefusal.js";
import { expectEqual } from "../compare/expectSame.js";
import { createLayer, hold, holdParameter } from "../rig/layer.js";
import { specOf } from "../rig/specs.js";
import { createFilled, valuesOf } from "../rig/tensors.js";

const padded = specOf([2, 2], { strides: [3, 1] });

/** What a backend does not declare is refused; what it does declare works. */
export const capabilityCases: readonly Case[] = [
  ...DATA_TYPES.map((dataType): Case => {
    const spec = specOf([2, 2], { dataType });
    return {
      name: `capabilities: ${dataType} is taken if declared and UNSUPPORTED if not`,
      async run({ handler, capabilities }) {
        if (capabilities.dataTypes.includes(dataType)) {
          const tensor = createFilled(handler, spec, [1, 2, 3, 4]);
          expectEqual("values", await valuesOf(tensor), [1, 2, 3, 4]);
        } else {
          await expectError("UNSUPPORTED", () => handler.createTensor(spec));
          await expectError("UNSUPPORTED", () => createLayer(handler, { mode: "spatial", spec }));
        }
      },
    };
  }),
  {
    name: "capabilities: strides with gaps are UNSUPPORTED where only packed ones are declared",
    skip: needs.packedStridesOnly,
    async run({ handler }) {
      await expectError("UNSUPPORTED", () => handler.createTensor(padded));
      await expectError("UNSUPPORTED", () =>
        createLayer(handler, { mode: "spatial", spec: padded }),
      );
    },
  },
  {
    name: "capabilities: a rank above maxRank is UNSUPPORTED",
    skip: ({ maxRank }) => (maxRank === null ? "no maxRank is declared" : null),
    async run({ handler, capabilities }) {
      const rank = (capabilities.maxRank as number) + 1;
      const spec = specOf(new Array<number>(rank).fill(2));
      await expectError("UNSUPPORTED", () => handler.createTensor(spec));
      await expectError("UNSUPPORTED", () => createLayer(handler, { mode: "spatial", spec }));
    },
  },
  {
    name: "capabilities: a rank above maxStridedRank is UNSUPPORTED unless packed",
    skip: ({ strides, maxStridedRank }) =>
      strides === "packed" || maxStridedRank === null ? "no maxStridedRank is declared" : null,
    async run({ handler, capabilities }) {
      const dims = new Array<number>((capabilities.maxStridedRank as number) + 1).fill(2);
      const strides = dims.map((_, axis) => 3 * 2 ** (dims.length - 1 - axis));
      await expectError("UNSUPPORTED", () => handler.createTensor(specOf(dims, { strides })));
      createLayer(handler, { mode: "spatial", spec: specOf(dims) });
    },
  },
  {
    name: "capabilities: backwardInference is UNSUPPORTED where it is not declared",
    skip: needs.noBackwardInference,
    async run({ handler }) {
      const spec = specOf([2, 2]);
      const { ops, scale } = createLayer(handler, { mode: "spatial", spec });
      const tensor = () => hold(handler, spec, [1, 2, 3, 4]).tensor;
      const parameter = () => holdParameter(handler, ops, [1, 2]).tensor;
      const gradients = { dx: tensor(), dScale: parameter(), dBias: parameter() };
      await expectError("UNSUPPORTED", () =>
        ops.backwardInference({ x: tensor(), dy: tensor(), scale: scale.tensor, ...gradients }),
      );
    },
  },
];
