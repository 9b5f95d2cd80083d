import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type Info, parseInfo, stringifyInfo } from "../../src/info/index.ts";
import { arbitraryInfo } from "./arbitraryInfo.ts";
import { bits, isDeeplyFrozen } from "./support.ts";

// Slow only on a machine busy with other work.
vi.setConfig({ testTimeout: 60_000 });

const FLOAT32_BITS = [
  0x7fc00001, 0xffc12345, 0x7f800001, 0xff800001, 0x7f800000, 0xff800000, 0x80000000, 0x00000001,
  0x807fffff,
];

function infoOf(runningMean: Float32Array, runningVariance: Float32Array): Info {
  const count = runningMean.length;
  return {
    mode: "spatial",
    dataType: "float32",
    epsilon: 1e-5,
    exponentialFactor: 7,
    format: "NHWC",
    nanPropagation: 1,
    statistics: {
      dims: [1, count],
      strides: [count, 1],
      runningMean,
      runningVariance,
      savedMean: runningMean,
      savedInvVariance: runningMean,
    },
    extension: null,
  };
}

describe("stringifyInfo, then parseInfo", () => {
  it("keeps every bit of NaN payloads, infinities, −0 and subnormals", () => {
    const mean = new Float32Array(Uint32Array.from(FLOAT32_BITS).buffer);
    const variance = mean.slice();
    new Uint32Array(variance.buffer)[5] = 0x7f800000;
    new Uint32Array(variance.buffer)[8] = 0x007fffff;
    const info = infoOf(mean, variance);
    expect(bits(parseInfo(stringifyInfo(info)))).toEqual(bits(info));
  });

  it("gives back any info, and the same text again", () => {
    fc.assert(
      fc.property(arbitraryInfo, (info) => {
        const text = stringifyInfo(info);
        const read = parseInfo(text);
        expect(bits(read)).toEqual(bits(info));
        expect(stringifyInfo(read)).toBe(text);
        expect(isDeeplyFrozen(read)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("reads arrays that are views of a larger buffer", () => {
    const all = Float32Array.of(9, 1, 2, 9);
    const info = infoOf(all.subarray(1, 3), all.subarray(1, 3));
    const read = parseInfo(stringifyInfo(info));
    expect(read.statistics?.runningMean).toEqual(Float32Array.of(1, 2));
  });

  it("shares no memory between calls", () => {
    const text = stringifyInfo(infoOf(Float32Array.of(1), Float32Array.of(1)));
    const first = parseInfo(text);
    first.statistics?.runningMean.fill(5);
    expect(parseInfo(text).statistics?.runningMean[0]).toBe(1);
  });

  it("puts the extension under one key, after Go's", () => {
    const info: Info = {
      ...infoOf(Float32Array.of(1), Float32Array.of(1)),
      extension: {
        specificationVersion: 1,
        runningVariance: "biased",
        hasRunningStatistics: true,
        hasSavedStatistics: true,
        saved: {
          epsilon: 1e-5,
          descriptor: { dataType: "float16", format: "NCHW", dims: [4, 1], strides: [1, 1] },
          meanLow: null,
        },
        averaging: { rule: "cappedCumulative", cap: 100, count: 3 },
        scale: Float32Array.of(1),
        bias: null,
      },
    };
    expect(stringifyInfo(info)).toBe(
      '{"Epsilon":0.00001,"Exponentialfactor":7,"Mode":1,"Format":1,"DataType":0,"Nan":1,' +
        '"Dims":[1,1],"Stride":[1,1],"RRM":"AACAPw==","RRV":"AACAPw==","RSM":"AACAPw==",' +
        '"RSV":"AACAPw==","batchnorm":{"specificationVersion":1,"runningVariance":"biased",' +
        '"hasRunningStatistics":true,"hasSavedStatistics":true,"saved":{"epsilon":0.00001,' +
        '"descriptor":{"dataType":"float16","format":"NCHW","dims":[4,1],"strides":[1,1]},' +
        '"meanLow":null},"averaging":{"rule":"cappedCumulative","cap":100,"count":3},' +
        '"scale":"AACAPw==","bias":null}}',
    );
  });
});
