import { describe, expect, it } from "vitest";
import { parseInfo } from "../../src/info/index.ts";
import {
  descriptorWith,
  errorOf,
  expectError,
  extensionWith,
  savedWith,
  wireWith,
} from "./support.ts";

type Case = [argument: string, extension: Record<string, unknown>, text: string];

const inSaved = (changes: Record<string, unknown>) => extensionWith({ saved: savedWith(changes) });
const inDescriptor = (changes: Record<string, unknown>) =>
  inSaved({ descriptor: descriptorWith(changes) });
const averaging = (value: unknown) => extensionWith({ averaging: value });

const REFUSED: readonly Case[] = [
  ["specificationVersion", extensionWith({ specificationVersion: 2 }), "a newer version of this"],
  ["specificationVersion", extensionWith({ specificationVersion: 0 }), "expected 1, received 0"],
  ["specificationVersion", extensionWith({ specificationVersion: "1" }), 'received "1"'],
  ["runningVariance", extensionWith({ runningVariance: "Biased" }), '"unbiased", "biased"'],
  ["hasRunningStatistics", extensionWith({ hasRunningStatistics: 1 }), "true or false"],
  ["hasSavedStatistics", extensionWith({ hasSavedStatistics: null }), "true or false"],
  ["saved", extensionWith({ hasSavedStatistics: false }), "null, since hasSavedStatistics"],
  ["saved", extensionWith({ saved: 5 }), "an object"],
  ["saved", extensionWith({ saved: [] }), "an object"],
  ["saved.epsilon", inSaved({ epsilon: -1 }), "received -1"],
  ["saved.epsilon", inSaved({ epsilon: "0" }), "a finite number of at least 0"],
  ["saved.descriptor", inSaved({ descriptor: "float32" }), "an object"],
  ["saved.descriptor.dataType", inDescriptor({ dataType: "half" }), '"bfloat16"'],
  ["saved.descriptor.dataType", inDescriptor({ dataType: "float64" }), "statistics are float32"],
  ["saved.descriptor.format", inDescriptor({ format: "unknown" }), '"NCHW", "NHWC"'],
  ["saved.descriptor.dims", inDescriptor({ dims: [8, 2, 35] }), "an array of 4 integers"],
  ["saved.descriptor.dims", inDescriptor({ dims: [8, 2, 5, 7, 1] }), "an array of 4 integers"],
  ["saved.descriptor.dims[0]", inDescriptor({ dims: [null, 2, 5, 7] }), "received null"],
  ["saved.descriptor.strides[3]", inDescriptor({ strides: [70, 1, 14, "2"] }), 'received "2"'],
  ["saved.descriptor.strides", inDescriptor({ strides: [70, 1, 14, 2, 1] }), "an array of 4"],
  ["saved.descriptor.dims", inDescriptor({ dims: null }), "an array of 4 integers"],
  ["saved.descriptor.dims[0]", inDescriptor({ dims: [-8, 2, 5, 7] }), "at least 0"],
  ["saved.descriptor.dims[1]", inDescriptor({ dims: [8, 3, 5, 7] }), "2, as the statistics"],
  ["saved.descriptor.dims[2]", inDescriptor({ dims: [8, 2, 0.5, 7] }), "at least 0"],
  ["saved.descriptor.dims", inDescriptor({ dims: [2 ** 52, 2, 1, 1] }), "2^53 bytes"],
  ["saved.descriptor.strides", inDescriptor({ strides: [70, 1] }), "an array of 4 integers"],
  ["saved.descriptor.strides[1]", inDescriptor({ strides: [70, 0, 14, 2] }), "at least 1"],
  ["saved.meanLow", inSaved({ meanLow: "AAAA" }), "8 bytes"],
  ["averaging", averaging("constant"), "an object"],
  ["averaging.rule", averaging({ rule: "ema", count: 0 }), '"cappedCumulative"'],
  ["averaging.factor", averaging({ rule: "constant", factor: 1.5, count: 0 }), "from 0 to 1"],
  ["averaging.factor", averaging({ rule: "constant", factor: null, count: 0 }), "from 0 to 1"],
  ["averaging.count", averaging({ rule: "constant", factor: 1, count: -1 }), "at least 0"],
  ["averaging.count", averaging({ rule: "cumulative", count: 2 ** 53 }), "at least 0"],
  ["averaging.cap", averaging({ rule: "cappedCumulative", cap: 0, count: 0 }), "at least 1"],
  ["scale", extensionWith({ scale: "AACAPw==" }), "8 bytes (2 × float32)"],
  ["scale", extensionWith({ scale: [1, 1] }), "received [1, 1]"],
  ["bias", extensionWith({ bias: "AAAAAAAAAAB=" }), "bits set after the last byte"],
];

const NEVER_STAGED = { Dims: null, Stride: null, RRM: null, RRV: null, RSM: null, RSV: null };
const EMPTY = { saved: null, scale: null, bias: null };

describe("the key batchnorm", () => {
  it("is read", () => {
    const { extension } = parseInfo(wireWith({ batchnorm: extensionWith({ later: "ignored" }) }));
    expect(extension).toEqual({
      specificationVersion: 1,
      runningVariance: "unbiased",
      hasRunningStatistics: true,
      hasSavedStatistics: true,
      saved: {
        epsilon: 1e-5,
        descriptor: {
          dataType: "float32",
          format: "NHWC",
          dims: [8, 2, 5, 7],
          strides: [70, 1, 14, 2],
        },
        meanLow: new Float32Array(2),
      },
      averaging: { rule: "constant", factor: 0.1, count: 3 },
      scale: Float32Array.of(1, 1),
      bias: new Float32Array(2),
    });
  });

  it.each(REFUSED)("is refused for its %s in %j", (argument, extension, text) => {
    const path = `batchnorm.${argument}`;
    expectError(() => parseInfo(wireWith({ batchnorm: extension })), "INFO_INVALID", path, text);
  });

  it.each(Object.keys(extensionWith({})))("must have the key %s", (key) => {
    const batchnorm = extensionWith({ [key]: undefined });
    const run = () => parseInfo(wireWith({ batchnorm }));
    expectError(run, "INFO_INVALID", `batchnorm.${key}`, "received nothing");
  });

  it.each([
    ["saved", savedWith({}), Object.keys(savedWith({}))],
    ["saved.descriptor", descriptorWith({}), Object.keys(descriptorWith({}))],
  ])("must have every key of %s", (path, _, keys) => {
    for (const key of keys) {
      const part = { [key]: undefined };
      const batchnorm = path === "saved" ? inSaved(part) : inDescriptor(part);
      const run = () => parseInfo(wireWith({ batchnorm }));
      expectError(run, "INFO_INVALID", `batchnorm.${path}.${key}`, "received nothing");
    }
  });

  it("has nothing of the statistics' shape where there are none", () => {
    const read = (changes: Record<string, unknown>) =>
      parseInfo(wireWith({ ...NEVER_STAGED, batchnorm: extensionWith({ ...EMPTY, ...changes }) }));
    expect(read({}).extension?.averaging).toEqual({ rule: "constant", factor: 0.1, count: 3 });
    for (const changes of [{ saved: savedWith({}) }, { scale: "AAAA" }, { bias: "" }]) {
      const path = `batchnorm.${Object.keys(changes)[0]}`;
      expectError(() => read(changes), "INFO_INVALID", path, "never staged");
    }
  });

  it("has a descriptor with the statistics' spatial dims in mode perActivation", () => {
    const wire = { Mode: 0, Dims: [1, 1, 1, 2], Stride: [2, 2, 2, 1] };
    const read = (dims: number[]) =>
      parseInfo(wireWith({ ...wire, batchnorm: inDescriptor({ dims, strides: [2, 2, 2, 1] }) }));
    expect(read([4, 1, 1, 2]).extension?.saved?.descriptor?.dims).toEqual([4, 1, 1, 2]);
    const path = "batchnorm.saved.descriptor.dims";
    expectError(() => read([4, 1, 1, 3]), "INFO_INVALID", `${path}[3]`, "2, as the statistics");
    expectError(() => read([4, 1, 9, 2]), "INFO_INVALID", `${path}[2]`, "1, as the statistics");
  });

  it.each([0, -1, 1.5, "2"])("is not called newer for the version %j", (specificationVersion) => {
    const batchnorm = extensionWith({ specificationVersion });
    const { message } = errorOf(() => parseInfo(wireWith({ batchnorm })));
    expect(message).toMatch(/expected 1, received [^:]*$/);
  });

  it("has −0 read as 0", () => {
    const zeros = { epsilon: -0, descriptor: descriptorWith({ dims: [-0, 2, -0, 7] }) };
    const constant = { rule: "constant", factor: -0, count: -0 };
    const batchnorm = extensionWith({ saved: savedWith(zeros), averaging: constant });
    const { extension } = parseInfo(wireWith({ batchnorm }));
    expect(extension?.saved?.epsilon).toBe(0);
    expect(extension?.saved?.descriptor?.dims).toEqual([0, 2, 0, 7]);
    expect(extension?.averaging).toEqual({ rule: "constant", factor: 0, count: 0 });
  });

  it("may be a 16-bit tensor's with float32 statistics", () => {
    const batchnorm = inDescriptor({ dataType: "bfloat16" });
    expect(parseInfo(wireWith({ batchnorm })).extension?.saved?.descriptor?.dataType).toBe(
      "bfloat16",
    );
  });
});
