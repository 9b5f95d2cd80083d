import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { parseInfo } from "../../src/info/index.ts";
import { errorOf, expectError, golden, wireWith } from "./support.ts";

const FLOAT32_MINUS_ONE_THEN_ONE = "AACAvwAAgD8=";
const FLOAT32_NEGATIVE_INFINITY = "AACAPwAAgP8=";
const FLOAT32_NAN_INFINITY = "AQDA/wAAgH8=";
const FLOAT32_MINUS_ZEROS = "AAAAgAAAAIA=";

const ALL_NULL = { Dims: null, Stride: null, RRM: null, RRV: null, RSM: null, RSV: null };

type Case = [argument: string, changes: Record<string, unknown>, text: string];

const REFUSED: readonly Case[] = [
  ["Epsilon", { Epsilon: null }, "received null"],
  ["Epsilon", { Epsilon: "0" }, 'received "0"'],
  ["Epsilon", { Epsilon: -1e-9 }, "a finite number of at least 0"],
  ["Epsilon", { Epsilon: Number.NaN }, "received NaN"],
  ["Epsilon", { Epsilon: Number.POSITIVE_INFINITY }, "received Infinity"],
  ["Exponentialfactor", { Exponentialfactor: -1 }, "received -1"],
  ["Exponentialfactor", { Exponentialfactor: 0.5 }, "an integer of at least 0"],
  ["Exponentialfactor", { Exponentialfactor: 2 ** 53 }, "received 9007199254740992"],
  ["Exponentialfactor", { Exponentialfactor: null }, "received null"],
  ["Mode", { Mode: 3 }, "0 (perActivation), 1 (spatial), 2 (spatialPersistent)"],
  ["Mode", { Mode: "1" }, 'received "1"'],
  ["Mode", { Mode: null }, "received null"],
  ["Format", { Format: 2 }, "0 (NCHW), 1 (NHWC), 128 (unknown)"],
  ["Format", { Format: -1 }, "received -1"],
  ["DataType", { DataType: 2 }, "0 (float32), 1 (float64)"],
  ["DataType", { DataType: 9 }, "received 9"],
  ["Nan", { Nan: 2 }, "0, 1"],
  ["Nan", { Nan: false }, "received false"],
  ["Dims", { Dims: "1,2" }, "an array of at least 2 integers"],
  ["Dims", { Dims: [] }, "received []"],
  ["Dims", { Dims: [1] }, "received [1]"],
  ["Dims", { Dims: { length: 2 } }, "received an object"],
  ["Dims[0]", { Dims: [2, 1, 1, 1] }, "statistics are over N"],
  ["Dims[1]", { Dims: [1, -3, 1, 1] }, "expected an integer of at least 1, received -3"],
  ["Dims[1]", { Dims: [1, 0, 1, 1] }, "received 0"],
  ["Dims[1]", { Dims: [1, 1.5, 1, 1] }, "received 1.5"],
  ["Dims[1]", { Dims: [1, null, 1, 1] }, "received null"],
  ["Dims[1]", { Dims: [1, "2", 1, 1] }, 'received "2"'],
  ["Dims[2]", { Dims: [1, 2, 2, 1] }, "one statistic for each channel, received 2"],
  ["Dims[3]", { Dims: [1, 2, 1, 2], Mode: 2 }, "spatialPersistent"],
  ["Dims", { Dims: [1, 2 ** 27, 2 ** 27, 1], Mode: 0 }, "a product of at most 2^48"],
  ["Dims[1]", { Dims: [1, 2 ** 53, 1, 1] }, "an integer of at least 1"],
  ["Stride", { Stride: "2,1,1,1" }, "an array of 4 integers"],
  ["Stride", { Stride: [2, 1, 1] }, "received [2, 1, 1]"],
  ["Stride", { Stride: [2, 1, 1, 1, 1] }, "an array of 4 integers"],
  ["Stride[0]", { Stride: [4, 1, 1, 1] }, "expected 2, the packed stride, received 4"],
  ["Stride[1]", { Stride: [2, "1", 1, 1] }, 'received "1"'],
  ["RRM", { RRM: 5 }, "8 bytes (2 × float32) as 12 characters of base64, received 5"],
  ["RRM", { RRM: [0, 0] }, "received [0, 0]"],
  ["RRM", { RRM: "" }, "received 0 characters"],
  ["RSM", { RSM: "AACgPwAAAL8" }, "received 11 characters"],
  ["RSM", { RSM: "AACgPwAAAL8=\n" }, "received 13 characters"],
  ["RSM", { RSM: "AACgPwAAAL8A" }, '"A" at character 11'],
  ["RSV", { RSV: "AAAAPwAA_EA=" }, '"_" at character 8'],
  ["RSV", { RSV: "AAAAPwAAgEB=" }, "bits set after the last byte"],
  ["RSV", { RSV: "AAAA PwAAgE=" }, '" " at character 4'],
  ["RRM", { DataType: 1 }, "16 bytes (2 × float64) as 24 characters of base64"],
  ["RRV", { RRV: FLOAT32_MINUS_ONE_THEN_ONE }, "not negative, received -1 at index 0"],
  ["RRV", { RRV: FLOAT32_NEGATIVE_INFINITY }, "received -Infinity at index 1"],
  ["Dims", { Dims: null }, "null for each of Dims, Stride, RRM, RRV, RSM, RSV"],
  ["RSV", { RSV: null }, "null for each of"],
  ["Dims", { ...ALL_NULL, RSV: "" }, "null for each of"],
  ["batchnorm", { batchnorm: null }, "expected an object, received null"],
  ["batchnorm", { batchnorm: [] }, "expected an object, received []"],
];

describe("parseInfo refuses", () => {
  it.each(REFUSED)("%s in %j", (argument, changes, text) => {
    expectError(() => parseInfo(wireWith(changes)), "INFO_INVALID", argument, "parseInfo: ", text);
  });

  it.each([
    ["Epsilon", "1e999"],
    ["Mode", "1.5"],
    ["Dims", '{"0":1}'],
  ])("%s %s in text", (key, json) => {
    const text = JSON.stringify(wireWith({ [key]: "HERE" })).replace('"HERE"', json);
    expectError(() => parseInfo(text), "INFO_INVALID", key);
  });

  it.each(Object.keys(wireWith({})))("a missing %s", (key) => {
    const { [key]: _, ...rest } = wireWith({});
    expectError(() => parseInfo(rest), "INFO_INVALID", key, "received nothing");
    const neverStaged = { ...rest, ...ALL_NULL, [key]: undefined };
    expectError(() => parseInfo(neverStaged), "INFO_INVALID", key, "received nothing");
  });

  it.each(["", "{", "nul", "{'a':1}", "\ufeff{}", "{}x", '{"Epsilon":NaN}'])(
    "%j, which is not JSON, with its cause",
    (text) => {
      expectError(() => parseInfo(text), "INFO_INVALID", "source", "JSON");
      expect(errorOf(() => parseInfo(text)).cause).toBeInstanceOf(SyntaxError);
    },
  );

  it.each(["null", "1", '"a"', "[]", "[{}]", "true"])("%s, which is no object", (text) => {
    expectError(() => parseInfo(text), "INFO_INVALID", "source", "expected an object");
  });

  it("an array as the object", () => {
    expectError(() => parseInfo([]), "INFO_INVALID", "source", "expected an object, received []");
  });

  it.each([null, undefined, 5, true, 1n, Symbol("s"), () => null])(
    "a source of another type",
    (source) => {
      expectError(() => parseInfo(source as object), "INVALID_ARGUMENT", "source");
    },
  );

  it.each([
    ["options", null],
    ["options", 5],
    ["options", { maxlength: 5 }],
    ["maxLength", { maxLength: 0 }],
    ["maxLength", { maxLength: -1 }],
    ["maxLength", { maxLength: 1.5 }],
    ["maxLength", { maxLength: "5" }],
    ["maxLength", { maxLength: Number.POSITIVE_INFINITY }],
    ["maxLength", { maxLength: null }],
  ])("wrong %s %j", (argument, options) => {
    expectError(() => parseInfo("{}", options as object), "INVALID_ARGUMENT", argument);
  });

  it("inherited keys, which are no part of a saved layer", () => {
    expectError(() => parseInfo(Object.create(wireWith({}))), "INFO_INVALID", "Epsilon", "nothing");
  });
});

describe("parseInfo accepts", () => {
  it.each([
    [0, "NCHW"],
    [1, "NHWC"],
    [128, "unknown"],
  ])("Format %d and keeps it", (code, format) => {
    expect(parseInfo(wireWith({ Format: code })).format).toBe(format);
  });

  it("NaN, Infinity and −0 as variances", () => {
    const odd = parseInfo(wireWith({ RRV: FLOAT32_NAN_INFINITY })).statistics?.runningVariance;
    expect(odd).toEqual(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY));
    const zeros = parseInfo(wireWith({ RRV: FLOAT32_MINUS_ZEROS })).statistics?.runningVariance;
    expect(zeros).toEqual(Float32Array.of(-0, -0));
  });

  it("negative values in the other buffers", () => {
    const negative = { RRM: FLOAT32_NEGATIVE_INFINITY, RSV: FLOAT32_MINUS_ONE_THEN_ONE };
    expect(parseInfo(wireWith(negative)).statistics?.savedInvVariance[0]).toBe(-1);
  });

  it("numbers as any JSON text of them, −0 as 0", () => {
    const text = golden("spatial-float32.json")
      .replace('"Epsilon":0', '"Epsilon":-0')
      .replace('"Exponentialfactor":0', '"Exponentialfactor":-0')
      .replace('"Mode":1', '"Mode":1.0')
      .replace("[1,2,1,1]", "[1,2e0,1.00,1]");
    const info = parseInfo(text);
    expect(info.epsilon).toBe(0);
    expect(info.exponentialFactor).toBe(0);
    expect(info.mode).toBe("spatial");
    expect(info.statistics?.dims).toEqual([1, 2, 1, 1]);
  });

  it("rank 2 and rank 5", () => {
    const rank2 = parseInfo(wireWith({ Dims: [1, 2], Stride: [2, 1] }));
    expect(rank2.statistics?.dims).toEqual([1, 2]);
    const rank5 = parseInfo(wireWith({ Dims: [1, 2, 1, 1, 1], Stride: [2, 1, 1, 1, 1] }));
    expect(rank5.statistics?.strides).toEqual([2, 1, 1, 1, 1]);
  });

  it("unknown keys and ignores them, __proto__ among them", () => {
    const text = golden("spatial-float32.json");
    const extra = '{"Name":"bn1","__proto__":{"Epsilon":9,"polluted":1},"constructor":{"a":1},';
    expect(parseInfo(text.replace("{", extra))).toEqual(parseInfo(text));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("the last of duplicate keys", () => {
    const text = golden("spatial-float32.json").replace("{", '{"Epsilon":"x","RRM":5,"Dims":[],');
    expect(parseInfo(text)).toEqual(parseInfo(golden("spatial-float32.json")));
  });

  it("objects of another realm", () => {
    const other = runInNewContext(`(${golden("spatial-float32.json")})`);
    expect(parseInfo(other)).toEqual(parseInfo(golden("spatial-float32.json")));
  });
});
