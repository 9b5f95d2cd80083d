/**
 * The bytes of an ONNX model of one BatchNormalization node, written as protobuf: field numbers are
 * those of onnx.proto (IR version 8, opset 15). The parameters are initializers, as in a saved model.
 */
export interface OnnxParameters {
  readonly scale: Float32Array;
  readonly bias: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

const FLOAT = 1;
const INPUTS = ["x", "scale", "bias", "mean", "variance"] as const;

export function onnxModel(
  dims: readonly number[],
  epsilon: number,
  parameters: OnnxParameters,
): Uint8Array {
  const initializers = Object.entries(parameters).map(([name, values]) =>
    message(5, initializer(name, values)),
  );
  const graph = [
    ...message(1, node(epsilon)),
    ...text(2, "layer"),
    ...initializers.flat(),
    ...message(11, valueInfo("x", dims)),
    ...message(12, valueInfo("y", dims)),
  ];
  const opset = [...text(1, ""), ...integer(2, 15)];
  return Uint8Array.from([...integer(1, 8), ...message(7, graph), ...message(8, opset)]);
}

function node(epsilon: number): number[] {
  const attribute = [...text(1, "epsilon"), ...float(2, epsilon), ...integer(20, 1)];
  return [
    ...INPUTS.flatMap((name) => text(1, name)),
    ...text(2, "y"),
    ...text(4, "BatchNormalization"),
    ...message(5, attribute),
  ];
}

function initializer(name: string, values: Float32Array): number[] {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return [
    ...integer(1, values.length),
    ...integer(2, FLOAT),
    ...text(8, name),
    ...message(9, [...raw]),
  ];
}

function valueInfo(name: string, dims: readonly number[]): number[] {
  const shape = dims.flatMap((dim) => message(1, integer(1, dim)));
  const tensor = [...integer(1, FLOAT), ...message(2, shape)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function integer(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

function float(field: number, value: number): number[] {
  return [...varint((field << 3) | 5), ...new Uint8Array(Float32Array.of(value).buffer)];
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)]);
}

function message(field: number, bytes: readonly number[]): number[] {
  return [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes];
}

/** Seven bits a byte, lowest first; the top bit says that more follow. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
