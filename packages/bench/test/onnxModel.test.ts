import { expect, test } from "vitest";
import { onnxModel } from "../src/children/onnxModel.ts";

const ones = Float32Array.of(1, 1, 1);
const bytes = onnxModel([300, 3], 1e-5, { scale: ones, bias: ones, mean: ones, variance: ones });

/** Fields of a protobuf message: numbers of varints, and bytes of the rest. */
function fields(message: Uint8Array): [field: number, value: number | Uint8Array][] {
  const found: [number, number | Uint8Array][] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const kind = key & 7;
    const length = kind === 5 ? 4 : kind === 2 ? varint() : 0;
    found.push([key >> 3, kind === 0 ? varint() : message.subarray(at, at + length)]);
    at += length;
  }
  return found;
}

function only(message: Uint8Array, field: number): Uint8Array {
  return fields(message).find(([number]) => number === field)?.[1] as Uint8Array;
}

const text = (value: unknown) => new TextDecoder().decode(value as Uint8Array);

test("holds one node with its inputs and epsilon, four initializers, x and y", () => {
  const graph = only(bytes, 7);
  const node = fields(only(graph, 1));
  const inputs = node.filter(([field]) => field === 1).map(([, value]) => text(value));
  expect(inputs).toEqual(["x", "scale", "bias", "mean", "variance"]);
  expect(text(node.find(([field]) => field === 4)?.[1])).toBe("BatchNormalization");
  expect(fields(graph).filter(([field]) => field === 5)).toHaveLength(4);
});

test("writes dims of more than 127 in several bytes", () => {
  const shape = only(only(only(only(only(bytes, 7), 11), 2), 1), 2);
  expect(fields(shape).map(([, dim]) => fields(dim as Uint8Array))).toEqual([[[1, 300]], [[1, 3]]]);
});
