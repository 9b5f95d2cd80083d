import type { Case } from "../case.js";
import { needs } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectError } from "../compare/expectRefusal.js";
import { expectEqual, expectSameBytes } from "../compare/expectSame.js";
import { forEach } from "../rig/each.js";
import { createLayer } from "../rig/layer.js";
import { dataTypesOf, specOf } from "../rig/specs.js";
import { bytesOf } from "../rig/tensors.js";

const spec = specOf([2, 3]);
const six = [1, -2, 3.5, 0, 1e-3, 6];

export const tensorCases: readonly Case[] = [
  {
    name: "tensors: without values all are zero",
    async run({ handler, capabilities }) {
      await forEach(dataTypesOf(capabilities), String, async (dataType) => {
        // Used and freed memory first, which must not shine through.
        handler.createTensor({ ...spec, dataType }, [9, 9, 9, 9, 9, 9]).dispose();
        const bytes = await bytesOf(handler.createTensor({ ...spec, dataType }));
        expectSameBytes("fresh tensor", bytes, new Uint8Array(bytes.length));
      });
    },
  },
  {
    name: "tensors: values are stored in the order given, in both formats",
    async run({ handler, capabilities }) {
      const values = Array.from({ length: 24 }, (_, i) => i);
      await forEach(dataTypesOf(capabilities), String, async (dataType) => {
        for (const format of ["NCHW", "NHWC"] as const) {
          const tensor = handler.createTensor({ dataType, format, dims: [2, 3, 2, 2] }, values);
          expectEqual(format, await tensor.read({ as: "float64" }), values);
        }
      });
    },
  },
  {
    name: "tensors: read gives the native array, and converts on demand",
    async run({ handler }) {
      const tensor = handler.createTensor(spec, six);
      const native = await tensor.read();
      check(native instanceof Float32Array, "a float32 tensor must read as Float32Array");
      expectEqual("read", native, Float32Array.from(six));
      expectEqual("as float32", await tensor.read({ as: "float32" }), Float32Array.from(six));
      const wide = await tensor.read({ as: "float64" });
      check(wide instanceof Float64Array, 'read({ as: "float64" }) must give a Float64Array');
      expectEqual("as float64", wide, Float32Array.from(six));
      await expectError("INVALID_ARGUMENT", () => tensor.read({ as: "int8" as "float32" }));
    },
  },
  {
    name: "tensors: float64 keeps every bit",
    skip: needs.dataType("float64"),
    async run({ handler }) {
      const values = Float64Array.of(
        1 / 3,
        -0,
        Number.MIN_VALUE,
        Number.MAX_VALUE,
        1e-300,
        Math.PI,
      );
      const tensor = handler.createTensor({ ...spec, dataType: "float64" }, values);
      expectSameBytes("bits", await bytesOf(tensor), new Uint8Array(values.buffer));
    },
  },
  {
    name: "tensors: float32 keeps every bit, NaN payloads included",
    async run({ handler }) {
      const bits = Uint32Array.of(0x7fc12345, 0x80000000, 0x00000001, 0xff800000, 0x7f7fffff, 0);
      const values = new Float32Array(bits.buffer);
      const tensor = handler.createTensor(spec, values);
      expectSameBytes("created", await bytesOf(tensor), new Uint8Array(bits.buffer));
      await tensor.write(new Float32Array(6));
      await tensor.write(values);
      expectSameBytes("written", await bytesOf(tensor), new Uint8Array(bits.buffer));
    },
  },
  {
    name: "tensors: write replaces all values, from views with an offset too",
    async run({ handler }) {
      const tensor = handler.createTensor(spec, new Array<number>(6).fill(9));
      const large = Float32Array.from({ length: 12 }, (_, i) => i);
      await tensor.write(large.subarray(3, 9));
      expectEqual("after write", await tensor.read(), [3, 4, 5, 6, 7, 8]);
      const created = handler.createTensor(spec, large.subarray(5, 11));
      expectEqual("created from a view", await created.read(), [5, 6, 7, 8, 9, 10]);
      await tensor.write(Float64Array.from(six));
      expectEqual("rounded from float64", await tensor.read(), Float32Array.from(six));
    },
  },
  {
    name: "tensors: createTensor copies its values at once",
    async run({ handler }) {
      const values = Float32Array.from(six);
      const tensor = handler.createTensor(spec, values);
      values.fill(99);
      expectEqual("read", await tensor.read(), Float32Array.from(six));
    },
  },
  {
    name: "tensors: values may change once write has resolved",
    async run({ handler }) {
      const values = Float32Array.from(six);
      const tensor = handler.createTensor(spec);
      await tensor.write(values);
      values.fill(99);
      expectEqual("read", await tensor.read(), Float32Array.from(six));
    },
  },
  {
    name: "tensors: wrong host values are refused and change nothing",
    async run({ handler }) {
      const tensor = handler.createTensor(spec, six);
      const bits = new Uint16Array(6) as never;
      const wrong = [
        ["LENGTH_MISMATCH", [1, 2, 3]],
        ["LENGTH_MISMATCH", new Float32Array(7)],
        ["DATA_TYPE_MISMATCH", bits],
        ["DATA_TYPE_MISMATCH", new Int32Array(6) as never],
        ["DATA_TYPE_MISMATCH", "six" as never],
        ["INVALID_ARGUMENT", [1, 2, 3, 4, 5, "6"] as never],
      ] as const;
      for (const [code, values] of wrong) {
        await expectError(code, () => handler.createTensor(spec, values));
        await expectError(code, () => tensor.write(values));
      }
      expectEqual("after refused writes", await tensor.read(), Float32Array.from(six));
    },
  },
  {
    name: "tensors: descriptors that describe nothing are INVALID_DESCRIPTOR",
    async run({ handler }) {
      const wrong = [[3], [2, 0], [-1, 2], [2.5, 2], [2, 3, -1], "2x3" as never];
      for (const dims of wrong) {
        await expectError("INVALID_DESCRIPTOR", () => handler.createTensor(specOf(dims)));
      }
      const strides = [[1], [0, 1], [3, -1]];
      for (const one of strides) {
        await expectError("INVALID_DESCRIPTOR", () =>
          handler.createTensor(specOf([2, 3], { strides: one })),
        );
      }
    },
  },
  {
    name: "tensors: an empty one is created, written and read",
    async run({ handler }) {
      const tensor = handler.createTensor(specOf([0, 3, 2]));
      await tensor.write([]);
      expectEqual("empty", await tensor.read(), []);
    },
  },
  {
    name: "tensors: more memory than there is is OUT_OF_MEMORY, and the handler goes on",
    async run({ handler }) {
      const huge = specOf([2 ** 24, 2 ** 24]);
      await expectError("OUT_OF_MEMORY", () => handler.createTensor(huge));
      const tensor = handler.createTensor(spec, six);
      expectEqual("tensor made afterwards", await tensor.read(), Float32Array.from(six));
    },
  },
  {
    name: "tensors: use after dispose is DISPOSED, and a second dispose does nothing",
    async run({ handler }) {
      const tensor = handler.createTensor(spec, six);
      const other = handler.createTensor(spec, six);
      tensor.dispose();
      tensor.dispose();
      check(tensor.disposed && !other.disposed, "dispose must end this tensor and no other");
      await expectError("DISPOSED", () => tensor.read());
      await expectError("DISPOSED", () => tensor.write(six));
      expectEqual("another tensor", await other.read(), Float32Array.from(six));
    },
  },
  {
    name: "tensors: one that an ops owns is disposed with the ops only",
    async run({ handler }) {
      const { ops } = createLayer(handler, { mode: "spatial", spec });
      const { runningMean } = ops;
      await expectError("INVALID_ARGUMENT", () => runningMean.dispose());
      expectEqual("runningMean", await runningMean.read(), [0, 0, 0]);
      ops.dispose();
      check(runningMean.disposed, "runningMean must end with its ops");
      await expectError("DISPOSED", () => ops.stage(spec));
    },
  },
];
