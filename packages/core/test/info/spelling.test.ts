import { describe, expect, it } from "vitest";
import { parseInfo } from "../../src/info/index.ts";
import { expectError, golden, wireWith } from "./support.ts";

describe("a key that Go would take for another", () => {
  it.each([
    ["epsilon", "Epsilon"],
    ["EPSILON", "Epsilon"],
    ["ep\u017filon", "Epsilon"],
    ["\u017ftride", "Stride"],
    ["R\u017fV", "RSV"],
    ["rrm", "RRM"],
    ["exponentialFactor", "Exponentialfactor"],
    ["Datatype", "DataType"],
    ["NaN", "Nan"],
    ["BatchNorm", "batchnorm"],
  ])("%s is refused, naming %s", (key, known) => {
    const text = golden("spatial-float32.json").replace("{", `{${JSON.stringify(key)}:1,`);
    expectError(() => parseInfo(text), "INFO_INVALID", key, `the spelling "${known}"`);
    expectError(() => parseInfo(wireWith({ [key]: 1 })), "INFO_INVALID", key);
  });

  it.each(["eps\u0131lon", "Eps\u0130lon", "D\u0130MS", "R\u00dfV", "RRM ", "\uff32RM", "", "eps"])(
    "is not %j",
    (key) => {
      expect(parseInfo(wireWith({ [key]: 1 }))).toEqual(parseInfo(wireWith({})));
    },
  );
});
