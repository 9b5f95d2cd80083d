import { BATCH_NORM_MODES, DATA_TYPES } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import type { Layout } from "../../src/plan/layout.ts";
import { type Operation, RULES, ruleFor, type Tensor } from "../../src/plan/rules.ts";
import { isExtended, type Way } from "../../src/plan/way.ts";

const LAYOUTS: readonly Layout[] = ["rows", "channelsFirst", "channelsLast", "strided"];
const OPERATIONS = Object.keys(RULES) as Operation[];
/** N, C and positions: one, few and many of each that a rule asks for. */
const SHAPES = [
  [2, 3, 4],
  [128, 64, 49],
  [2048, 512, 100],
  [2048, 512, 10_000],
  [200_000, 64, 4],
] as const;

const TENSORS: readonly Tensor[] = BATCH_NORM_MODES.flatMap((mode) =>
  LAYOUTS.flatMap((layout) =>
    DATA_TYPES.flatMap((dataType) =>
      SHAPES.map(([items, channels, space]) => {
        const positions = layout === "rows" ? 1 : space;
        return { mode, layout, dataType, items, channels, positions };
      }),
    ),
  ),
);

const waysOf = (operation: Operation, tensor: Tensor): readonly Way[] =>
  ruleFor(operation, tensor).ways;

describe.each(OPERATIONS)("%s", (operation) => {
  test("has a rule for every tensor, and a tensor for every rule", () => {
    const chosen = TENSORS.map((tensor) => ruleFor(operation, tensor));
    expect(chosen).not.toContain(undefined);
    expect(new Set(chosen)).toEqual(new Set(RULES[operation]));
  });

  test("goes no way twice", () => {
    for (const { ways } of RULES[operation]) expect(new Set(ways).size).toBe(ways.length);
  });

  test("takes the range-restricted persistent kernels only where the mode asks for them", () => {
    for (const tensor of TENSORS) {
      if (tensor.mode === "spatialPersistent") continue;
      expect(waysOf(operation, tensor)).not.toContain("persistent");
    }
  });

  test("takes a view only of tensors that look like it", () => {
    for (const tensor of TENSORS) {
      const ways: readonly string[] = waysOf(operation, tensor);
      const { layout, mode } = tensor;
      const isFlat = layout === "rows" || (mode === "perActivation" && layout === "channelsFirst");
      if (!isFlat) expect(ways.filter((way) => way.endsWith("Rows"))).toEqual([]);
      if (!["rows", "channelsLast"].includes(layout)) expect(ways).not.toContain("spatialColumn");
      if (layout !== "channelsLast") {
        expect(ways.filter((way) => /^(permuted|transposed|extended$)/.test(way))).toEqual([]);
      }
      if (layout !== "channelsFirst") expect(ways).not.toContain("spread");
    }
  });

  test("takes statistics for each position or for each channel, as the mode says", () => {
    const anyMode = /Rows$|Column$|spread/;
    for (const tensor of TENSORS) {
      if (tensor.layout === "rows") continue;
      for (const way of waysOf(operation, tensor)) {
        const perActivation = /erActivation|^permuted/.test(way);
        if (!anyMode.test(way)) expect(perActivation).toBe(tensor.mode === "perActivation");
      }
    }
  });

  test("gives a reason, and a price where it takes memory or leaves cuDNN's range", () => {
    for (const tensor of TENSORS) {
      const { ways, why, cost } = ruleFor(operation, tensor);
      expect(why).not.toBe("");
      if (/^transposed|^permuted/.test(ways[0])) expect(cost).toBeDefined();
      if (isExtended(ways[0])) expect(cost).toBeDefined();
    }
  });
});

describe("no path that is slow by the measurements", () => {
  const many = { items: 128, channels: 256, positions: 3136 } as const;

  test.each(["training", "backward"] as const)("%s of NHWC goes with workspace", (operation) => {
    for (const mode of ["spatial", "spatialPersistent"] as const) {
      for (const dataType of ["float32", "float16", "bfloat16"] as const) {
        const tensor = { ...many, mode, dataType, layout: "channelsLast" } as const;
        expect(waysOf(operation, tensor)[0]).toBe("extended");
      }
    }
  });

  test("of NHWC float64 and NHWC perActivation has a detour", () => {
    const nhwc = { ...many, layout: "channelsLast" } as const;
    const wide = { ...nhwc, mode: "spatial", dataType: "float64" } as const;
    const perActivation = { ...nhwc, mode: "perActivation", dataType: "float32" } as const;
    expect(waysOf("training", wide)[0]).toBe("transposed");
    expect(waysOf("backward", wide)[0]).toBe("transposed");
    expect(waysOf("training", perActivation)[0]).toBe("permutedExtended");
    expect(waysOf("backward", perActivation)[0]).toBe("permutedExtended");
    expect(waysOf("inference", perActivation)[0]).toBe("permutedPerActivation");
  });

  test("rows are never inferred by the spatial call on images of one pixel", () => {
    for (const tensor of TENSORS.filter(({ layout }) => layout === "rows")) {
      expect(waysOf("inference", tensor)).toEqual(["perActivationRows", "spatialColumn"]);
    }
  });

  test("small planes are inferred per activation, large ones are not", () => {
    const planes = { mode: "spatial", layout: "channelsFirst", dataType: "float32" } as const;
    const resnet = { ...planes, items: 128, channels: 2048, positions: 49 };
    expect(waysOf("inference", resnet)[0]).toBe("spread");
    expect(waysOf("inference", { ...resnet, channels: 1024, positions: 196 })[0]).toBe("spatial");
    expect(waysOf("inference", { ...resnet, items: 2 })[0]).toBe("spatial");
  });
});
