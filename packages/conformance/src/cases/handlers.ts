import { type Backend, type Capabilities, DATA_TYPES, openHandler } from "@batchnorm/core";
import type { Case } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectError } from "../compare/expectRefusal.js";
import { expectEqual } from "../compare/expectSame.js";
import { declaredBy } from "../declared.js";
import { createLayer } from "../rig/layer.js";
import { specOf } from "../rig/specs.js";
import { createFilled, valuesOf } from "../rig/tensors.js";

const spec = specOf([2, 2]);

export const handlerCases: readonly Case[] = [
  {
    name: "handlers: the backend probes as available and opens",
    async run({ backend, handler }) {
      const probe = await backend.probe();
      check(probe.available, `probe says unavailable, yet openDevice works: ${probe.found}`);
      check(probe.found.length > 0, "probe does not say what it found");
      check(!handler.disposed, "a fresh handler is disposed already");
      await handler.synchronize();
    },
  },
  {
    name: "handlers: capabilities and description are complete and stay the same",
    async run({ backend, handler, capabilities }) {
      checkCapabilities(capabilities);
      check(handler.deviceDescription.name.length > 0, "the device has no name");
      check(["cpu", "gpu"].includes(handler.deviceDescription.kind), "the device has no kind");
      const again = await openHandler(backend);
      const same = JSON.stringify(declaredBy(again)) === JSON.stringify(capabilities);
      again.dispose();
      check(same, "a second handler declares other capabilities");
    },
  },
  {
    name: "handlers: a backend of another version of the contract is refused",
    async run({ backend }) {
      const specificationVersion = (backend.specificationVersion + 1) as 1;
      const { name } = backend;
      const later: Backend = {
        specificationVersion,
        name,
        probe: () => backend.probe(),
        openDevice: () => backend.openDevice(),
      };
      await expectError("SPECIFICATION_VERSION_MISMATCH", () => openHandler(later));
    },
  },
  {
    name: "handlers: two are isolated, and one outlives the other",
    async run({ handler, open }) {
      const other = await open();
      const tensor = createFilled(handler, spec, [1, 2, 3, 4]);
      const twin = createFilled(other, spec, [5, 6, 7, 8]);
      expectEqual("tensor of the first", await valuesOf(tensor), [1, 2, 3, 4]);
      other.dispose();
      expectEqual("tensor of the first", await valuesOf(tensor), [1, 2, 3, 4]);
      check(twin.disposed && !tensor.disposed, "dispose of one handler must end its tensors only");
    },
  },
  {
    name: "handlers: tensors and saved statistics of another are refused",
    async run({ handler, open }) {
      const other = await open();
      const { ops, scale, bias } = createLayer(handler, { mode: "spatial", spec });
      const foreign = createLayer(other, { mode: "spatial", spec });
      const x = createFilled(handler, spec, [1, 2, 3, 4]);
      const y = createFilled(handler, spec, [0, 0, 0, 0]);
      const xElsewhere = createFilled(other, spec, [1, 2, 3, 4]);
      const args = { x, y, scale: scale.tensor, bias: bias.tensor, averagingFactor: 0.1 };
      const wrong = [
        { ...args, x: xElsewhere },
        { ...args, y: xElsewhere },
        { ...args, scale: foreign.scale.tensor },
        { ...args, saved: foreign.ops.createSaved() },
      ];
      for (const one of wrong) {
        await expectError("HANDLER_MISMATCH", () => ops.forwardTraining(one));
      }
      await expectError("HANDLER_MISMATCH", () => ops.stage(xElsewhere));
    },
  },
  {
    name: "handlers: use after dispose is DISPOSED, and a second dispose does nothing",
    async run({ open }) {
      const handler = await open();
      const tensor = createFilled(handler, spec, [1, 2, 3, 4]);
      const { ops } = createLayer(handler, { mode: "spatial", spec });
      handler.dispose();
      handler.dispose();
      await expectError("DISPOSED", () => handler.createTensor(spec));
      await expectError("DISPOSED", () => handler.synchronize());
      await expectError("DISPOSED", () => tensor.read());
      await expectError("DISPOSED", () => tensor.write([1, 2, 3, 4]));
      await expectError("DISPOSED", () => ops.stage(spec));
      tensor.dispose();
      ops.dispose();
    },
  },
  {
    name: "handlers: dispose lets pending promises settle",
    async run({ open }) {
      const handler = await open();
      const tensor = createFilled(handler, spec, [1, 2, 3, 4]);
      const pending = [tensor.read(), handler.synchronize(), tensor.write([5, 6, 7, 8])];
      handler.dispose();
      await Promise.allSettled(pending);
    },
  },
];

function checkCapabilities(declared: Capabilities): void {
  const { dataTypes, strides, maxRank, maxStridedRank, accuracy, deterministic } = declared;
  const { backwardInference, blendedResidual } = declared;
  check(dataTypes.includes("float32"), "float32 must be among the data types");
  check(
    dataTypes.every((one) => DATA_TYPES.includes(one)),
    `unknown data types ${dataTypes}`,
  );
  check(["packed", "arbitrary"].includes(strides), `strides: ${strides}`);
  check(maxRank === null || maxRank >= 5, `maxRank ${maxRank}: ranks 2 to 5 must be taken`);
  check(
    maxStridedRank === null || maxStridedRank >= 5,
    `maxStridedRank ${maxStridedRank}: ranks 2 to 5 must be taken`,
  );
  check(typeof backwardInference === "boolean", `backwardInference: ${backwardInference}`);
  check(
    blendedResidual.every((one) => dataTypes.includes(one)),
    `blendedResidual ${blendedResidual}: not all are among the data types ${dataTypes}`,
  );
  check(["extendedMean", "plainMean"].includes(accuracy), `accuracy: ${accuracy}`);
  check(typeof deterministic === "boolean", `deterministic: ${deterministic}`);
}
