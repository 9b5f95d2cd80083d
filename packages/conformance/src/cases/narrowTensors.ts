import type { DataType } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectEqual } from "../compare/expectSame.js";
import { specOf } from "../rig/specs.js";

/** Values, their bits, and values whose rounding shows ties and double rounding. */
interface NarrowFacts {
  readonly dataType: DataType;
  readonly values: readonly number[];
  readonly bits: readonly number[];
  /** [given, stored] */
  readonly rounded: readonly (readonly [number, number])[];
}

const FLOAT16: NarrowFacts = {
  dataType: "float16",
  values: [1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY, 0.5],
  bits: [0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x3800],
  rounded: [
    [1 + 2 ** -11, 1], // a tie, to even
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -10], // through float32 it would be a tie
    [65519, 65504],
    [65520, Number.POSITIVE_INFINITY],
    [2 ** -25, 0],
  ],
};

const BFLOAT16: NarrowFacts = {
  dataType: "bfloat16",
  values: [1, -2, 2 ** 127, 2 ** -133, Number.NEGATIVE_INFINITY, 0.5],
  bits: [0x3f80, 0xc000, 0x7f00, 0x0001, 0xff80, 0x3f00],
  rounded: [
    [1 + 2 ** -8, 1],
    [1 + 3 * 2 ** -8, 1 + 2 ** -6],
    [1 + 2 ** -8 + 2 ** -40, 1 + 2 ** -7],
    [3.4e38, Number.POSITIVE_INFINITY],
    [2 ** -134, 0],
    [-3, -3],
  ],
};

/** 16-bit tensors: bits on one side, numbers rounded to nearest even on the other. */
export const narrowTensorCases: readonly Case[] = [FLOAT16, BFLOAT16].flatMap(casesOf);

function casesOf({ dataType, values, bits, rounded }: NarrowFacts): Case[] {
  const spec = specOf([2, 3], { dataType });
  const skip = needs.dataType(dataType);
  return [
    {
      name: `tensors: ${dataType} is read and written as bits`,
      skip,
      async run({ handler }) {
        const tensor = handler.createTensor(spec, Uint16Array.from(bits));
        const native = await tensor.read();
        check(native instanceof Uint16Array, `${dataType} must read as Uint16Array`);
        expectEqual("bits", native, bits);
        expectEqual("as float64", await tensor.read({ as: "float64" }), values);
        expectEqual("as float32", await tensor.read({ as: "float32" }), values);
        await tensor.write(values);
        expectEqual("bits of written values", await tensor.read(), bits);
      },
    },
    {
      name: `tensors: numbers become ${dataType} by one rounding to nearest even`,
      skip,
      async run({ handler }) {
        const given = rounded.map(([value]) => value);
        const stored = rounded.map(([, value]) => value);
        const created = handler.createTensor(spec, given);
        expectEqual("created", await created.read({ as: "float64" }), stored);
        const written = handler.createTensor(spec);
        await written.write(Float64Array.from(given));
        expectEqual("written", await written.read({ as: "float64" }), stored);
      },
    },
  ];
}
