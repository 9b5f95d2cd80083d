import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type Info, type InfoStatistics, parseInfo, stringifyInfo } from "../../src/info/index.ts";
import { validateInfo } from "../../src/info/validateInfo.ts";
import { arbitraryInfo } from "./arbitraryInfo.ts";
import { bits, expectError, extensionWith, golden, isDeeplyFrozen, wireWith } from "./support.ts";

// Slow only on a machine busy with other work.
vi.setConfig({ testTimeout: 60_000 });

const INFO = parseInfo(wireWith({ batchnorm: extensionWith({}) }));
const STATISTICS = INFO.statistics as InfoStatistics;

function infoWith(changes: Readonly<Record<string, unknown>>): Info {
  return { ...INFO, ...changes };
}

function statisticsWith(changes: Readonly<Record<string, unknown>>): Info {
  return infoWith({ statistics: { ...STATISTICS, ...changes } });
}

function inExtension(changes: Readonly<Record<string, unknown>>): Info {
  return infoWith({ extension: { ...INFO.extension, ...changes } });
}

type Case = [argument: string, info: Info, text: string];

const REFUSED: readonly Case[] = [
  ["mode", infoWith({ mode: 1 }), '"perActivation", "spatial", "spatialPersistent"'],
  ["dataType", infoWith({ dataType: "float16" }), '"float32", "float64"'],
  ["epsilon", infoWith({ epsilon: Number.NaN }), "received NaN"],
  ["epsilon", infoWith({ epsilon: undefined }), "received nothing"],
  ["exponentialFactor", infoWith({ exponentialFactor: 1.5 }), "an integer of at least 0"],
  ["format", infoWith({ format: 128 }), '"NCHW", "NHWC", "unknown"'],
  ["nanPropagation", infoWith({ nanPropagation: true }), "0, 1"],
  ["statistics", infoWith({ statistics: undefined }), "an object, received nothing"],
  ["statistics", infoWith({ statistics: [] }), "an object"],
  ["statistics.dims", statisticsWith({ dims: null }), "at least 2 integers"],
  ["statistics.dims[0]", statisticsWith({ dims: [3, 2, 1, 1] }), "over N"],
  ["statistics.dims[2]", statisticsWith({ dims: [1, 2, 2, 1] }), "for each channel"],
  ["statistics.strides[0]", statisticsWith({ strides: [3, 1, 1, 1] }), "the packed stride"],
  ["statistics.runningMean", statisticsWith({ runningMean: null }), "Float32Array of length 2"],
  ["statistics.runningMean", statisticsWith({ runningMean: [1, 2] }), "received [1, 2]"],
  ["statistics.savedMean", statisticsWith({ savedMean: new Float64Array(2) }), "Float64Array"],
  ["statistics.savedMean", statisticsWith({ savedMean: new Float32Array(3) }), "of length 3"],
  [
    "statistics.savedMean",
    statisticsWith({ savedMean: Object.create(Float32Array.prototype, { length: { value: 2 } }) }),
    "received an object",
  ],
  [
    "statistics.runningVariance",
    statisticsWith({ runningVariance: Float32Array.of(1, -2) }),
    "received -2 at index 1",
  ],
  ["statistics.runningMean", infoWith({ dataType: "float64" }), "Float64Array of length 2"],
  ["extension", infoWith({ extension: undefined }), "an object, received nothing"],
  ["extension.scale", inExtension({ scale: new Float32Array(1) }), "of length 2"],
  ["extension.scale", inExtension({ scale: "AACAPwAAgD8=" }), "Float32Array of length 2"],
  ["extension.averaging.rule", inExtension({ averaging: {} }), "received nothing"],
  ["extension.saved.epsilon", inExtension({ saved: {} }), "received nothing"],
];

describe("validateInfo", () => {
  it.each(REFUSED)("refuses %s", (argument, info, text) => {
    expectError(() => validateInfo(info), "INFO_INVALID", argument, "validateInfo: ", text);
    expectError(() => stringifyInfo(info), "INFO_INVALID", argument, "stringifyInfo: ", text);
  });

  it.each([null, undefined, 5, "{}", () => null])("refuses %j, which is no object", (info) => {
    expectError(() => validateInfo(info as never), "INVALID_ARGUMENT", "info");
    expectError(() => stringifyInfo(info as never), "INVALID_ARGUMENT", "info");
  });

  it("names the call it is given", () => {
    const run = () => validateInfo(infoWith({ mode: 1 }), "Ops.fromInfo");
    expectError(run, "INFO_INVALID", "mode", "Ops.fromInfo: mode: ");
  });

  it("gives a frozen copy that shares the typed arrays", () => {
    fc.assert(
      fc.property(arbitraryInfo, (info) => {
        const checked = validateInfo(info);
        expect(bits(checked)).toEqual(bits(info));
        expect(isDeeplyFrozen(checked)).toBe(true);
        expect(checked.statistics?.runningMean).toBe(info.statistics?.runningMean);
        expect(checked.extension?.scale).toBe(info.extension?.scale);
      }),
    );
  });

  it("checks a parsed info again, since its typed arrays can change", () => {
    const info = parseInfo(golden("spatial-float32.json"));
    info.statistics?.runningVariance.fill(-1);
    expectError(() => stringifyInfo(info), "INFO_INVALID", "statistics.runningVariance");
    const other = parseInfo(golden("spatial-float32.json"));
    const detached = other.statistics?.savedMean.buffer as ArrayBuffer;
    structuredClone(detached, { transfer: [detached] });
    expectError(() => stringifyInfo(other), "INFO_INVALID", "statistics.savedMean", "length 0");
  });

  it("takes typed arrays of another realm", () => {
    const savedMean = runInNewContext("Float32Array.of(1, 2)");
    const text = stringifyInfo(statisticsWith({ savedMean }));
    expect(parseInfo(text).statistics?.savedMean).toEqual(Float32Array.of(1, 2));
  });

  it.each([
    ["options", null],
    ["options", { indent: 2 }],
    ["maxLength", { maxLength: 0 }],
  ])("refuses wrong %s of stringifyInfo", (argument, options) => {
    expectError(() => stringifyInfo(INFO, options as object), "INVALID_ARGUMENT", argument);
  });
});
