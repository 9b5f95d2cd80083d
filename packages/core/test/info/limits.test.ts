import { afterEach, describe, expect, it, vi } from "vitest";
import { parseInfo, stringifyInfo } from "../../src/info/index.ts";
import { errorOf, expectError, extensionWith, golden, wireWith } from "./support.ts";

// Slow only on a machine busy with other work.
vi.setConfig({ testTimeout: 60_000 });

const MEBI = 1024 * 1024;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Lengths of all byte arrays that `run` makes. */
function allocationsOf(run: () => unknown): number[] {
  const lengths: number[] = [];
  const Real = Uint8Array;
  vi.stubGlobal(
    "Uint8Array",
    new Proxy(Real, {
      construct(target, [length, ...rest]) {
        lengths.push(length);
        return Reflect.construct(target, [length, ...rest]);
      },
    }),
  );
  run();
  return lengths;
}

describe("maxLength", () => {
  it("is 64 Mi characters unless given, and refuses before reading", () => {
    const parse = vi.spyOn(JSON, "parse");
    const text = " ".repeat(64 * MEBI + 1);
    expectError(
      () => parseInfo(text),
      "INFO_TOO_LONG",
      "source",
      "maxLength",
      "67108864",
      "67108865",
    );
    expect(parse).not.toHaveBeenCalled();
    expectError(() => parseInfo(text.slice(1)), "INFO_INVALID", "source");
  });

  it("is counted exactly by parseInfo", () => {
    const text = golden("spatial-float32.json");
    expect(parseInfo(text, { maxLength: text.length }).mode).toBe("spatial");
    const short = { maxLength: text.length - 1 };
    expectError(() => parseInfo(text, short), "INFO_TOO_LONG", "source", "maxLength");
    expect(errorOf(() => parseInfo(text, short)).details).toMatchObject({
      maxLength: text.length - 1,
      length: text.length,
    });
  });

  it("is counted exactly by stringifyInfo, with the extension", () => {
    const info = parseInfo(wireWith({ batchnorm: extensionWith({}) }));
    const { length } = stringifyInfo(info);
    expect(stringifyInfo(info, { maxLength: length })).toHaveLength(length);
    const run = () => stringifyInfo(info, { maxLength: length - 1 });
    expectError(run, "INFO_TOO_LONG", "info", "maxLength", String(length));
  });

  it("stops stringifyInfo before it encodes", () => {
    const count = 13 * MEBI;
    const buffer = new Float32Array(count);
    const info = parseInfo(golden("spatial-float32.json"));
    const large = {
      ...info,
      statistics: {
        dims: [1, count],
        strides: [count, 1],
        runningMean: buffer,
        runningVariance: buffer,
        savedMean: buffer,
        savedInvVariance: buffer,
      },
    };
    const run = () => expectError(() => stringifyInfo(large), "INFO_TOO_LONG", "info", "67108864");
    expect(allocationsOf(run)).toEqual([]);
  });
});

describe("dims larger than the buffers", () => {
  it.each([
    [[1, 2 ** 28], 1],
    [[1, 2 ** 40], 1],
    [[1, 2 ** 48], 1],
    [[1, 2 ** 26, 2 ** 26, 2 ** 26], 0],
    [[1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], 0],
  ])("%j are refused before anything is allocated", (dims, mode) => {
    const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
    const text = JSON.stringify(wireWith({ Dims: dims, Stride: strides, Mode: mode }));
    const run = () => expect(errorOf(() => parseInfo(text)).code).toBe("INFO_INVALID");
    expect(allocationsOf(run)).toEqual([]);
  });

  it("would be seen here if they were allocated", () => {
    expect(allocationsOf(() => parseInfo(golden("spatial-float32.json")))).toEqual([8, 8, 8, 8]);
  });
});
