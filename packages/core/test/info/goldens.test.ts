import { describe, expect, it } from "vitest";
import { parseInfo, stringifyInfo } from "../../src/info/index.ts";
import { golden } from "./support.ts";

describe("files of the Go package", () => {
  it("reads a spatial layer in float32", () => {
    expect(parseInfo(golden("spatial-float32.json"))).toEqual({
      mode: "spatial",
      dataType: "float32",
      epsilon: 0,
      exponentialFactor: 0,
      format: "unknown",
      nanPropagation: 0,
      statistics: {
        dims: [1, 2, 1, 1],
        strides: [2, 1, 1, 1],
        runningMean: Float32Array.of(1.5, -0.75),
        runningVariance: Float32Array.of(4, 0.0625),
        savedMean: Float32Array.of(1.25, -0.5),
        savedInvVariance: Float32Array.of(0.5, 4),
      },
      extension: null,
    });
  });

  it("reads a per-activation layer in float64, indented", () => {
    expect(parseInfo(golden("per-activation-float64-indented.json"))).toEqual({
      mode: "perActivation",
      dataType: "float64",
      epsilon: 0,
      exponentialFactor: 0,
      format: "unknown",
      nanPropagation: 0,
      statistics: {
        dims: [1, 2, 1, 2],
        strides: [4, 2, 2, 1],
        runningMean: Float64Array.of(1, 2, 3, 4),
        runningVariance: Float64Array.of(5, 6, 7, 8),
        savedMean: new Float64Array(4),
        savedInvVariance: Float64Array.of(1, 1, 1, 1),
      },
      extension: null,
    });
  });

  it("reads a layer that was never staged", () => {
    expect(parseInfo(golden("never-staged.json"))).toEqual({
      mode: "spatialPersistent",
      dataType: "float32",
      epsilon: 0,
      exponentialFactor: 0,
      format: "NCHW",
      nanPropagation: 0,
      statistics: null,
      extension: null,
    });
  });

  it.each(["spatial-float32.json", "never-staged.json", "per-activation-float64-indented.json"])(
    "writes %s to the byte, compact",
    (name) => {
      const compact = golden(name).replace(/\s/g, "");
      expect(stringifyInfo(parseInfo(golden(name)))).toBe(compact);
    },
  );

  it("reads the same from the object as from the text", () => {
    const text = golden("spatial-float32.json");
    expect(parseInfo(JSON.parse(text))).toEqual(parseInfo(text));
  });
});
