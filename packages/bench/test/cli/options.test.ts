import { describe, expect, test } from "vitest";
import { type BenchOptions, parseOptions } from "../../src/cli/options.ts";
import { UsageError } from "../../src/usageError.ts";

function parse(...args: string[]): BenchOptions {
  const options = parseOptions(args);
  if (options === null) throw new Error("help was asked for");
  return options;
}

test("without options everything is measured, in 15 rounds, with 2 threads", () => {
  expect(parse()).toEqual({
    shapes: null,
    layouts: ["NCHW", "NHWC"],
    ops: ["training", "backward", "inference"],
    types: ["float32", "float64", "float16", "bfloat16"],
    backends: [
      { backend: "wasm", threads: 2 },
      { backend: "cpu", threads: null },
    ],
    peers: ["pytorch", "onednn", "tfjs", "onnxruntime"],
    threads: 2,
    rounds: 15,
    quick: false,
    overhead: true,
    save: false,
    json: false,
    markdown: false,
    writeReadme: false,
  });
});

test("--quick means few rounds and float32, unless told otherwise", () => {
  expect(parse("--quick")).toMatchObject({ quick: true, rounds: 3, types: ["float32"] });
  expect(parse("--quick", "--rounds", "7", "--types", "float64")).toMatchObject({
    rounds: 7,
    types: ["float64"],
  });
});

test("lists are separated by commas, without regard to case", () => {
  expect(
    parse("--shapes", "2x3, 4×5×6×7", "--layouts", "nhwc", "--ops", "training,Inference"),
  ).toMatchObject({
    shapes: [
      [2, 3],
      [4, 5, 6, 7],
    ],
    layouts: ["NHWC"],
    ops: ["training", "inference"],
  });
});

test("peers can be all or none", () => {
  expect(parse("--peers", "none").peers).toEqual([]);
  expect(parse("--peers", "all").peers).toHaveLength(4);
});

test("a backend can have its number of threads; the default takes that of the peers", () => {
  expect(parse("--backends", "wasm:1,wasm").backends).toEqual([
    { backend: "wasm", threads: 1 },
    { backend: "wasm", threads: null },
  ]);
  expect(parse("--threads", "4").backends[0]).toEqual({ backend: "wasm", threads: 4 });
});

describe("what cannot be meant is refused by name", () => {
  test.each([
    [["--speed"], "unknown option '--speed'"],
    [["--peers", "keras"], "is none of pytorch"],
    [["--backends", "metal"], "is none of wasm, cpu, cudnn"],
    [["--backends", "wasm:0"], '"wasm:0"'],
    [["--ops", "forward"], "is none of training, backward, inference"],
    [["--types", "int8"], "is none of float32"],
    [["--layouts", "CHWN"], "is none of NCHW, NHWC"],
    [["--shapes", "32x64x"], '"32x64x" is no shape'],
    [["--rounds", "0"], '"0" is no whole number'],
    [["--rounds", "1.5"], '"1.5" is no whole number'],
    [["--rounds"], "argument missing"],
    [["extra"], "too many arguments"],
  ])("%j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
