import { readFileSync } from "node:fs";
import { cpu } from "@batchnorm/cpu";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../../tooling/testing/errors.ts";
import * as browser from "../src/index.browser.ts";
import * as node from "../src/index.ts";
import { BROWSER_SHORTHANDS, NODE_SHORTHANDS } from "../src/shorthands.ts";

const namesOf = (shorthands: typeof NODE_SHORTHANDS) => shorthands.map(({ name }) => name);

describe.each([
  ["Node", node, NODE_SHORTHANDS],
  ["browser", browser, BROWSER_SHORTHANDS],
])("the %s entry", (_, { createHandler }, shorthands) => {
  test('opens "cpu", and cpu() itself', async () => {
    for (const backend of ["cpu", cpu()] as const) {
      const handler = await createHandler({ backend });
      expect(handler.selection).toEqual({ requested: "cpu", chosen: "cpu", refused: [] });
      handler.dispose();
    }
  });

  test("opens the best there is by default, and says why not the better ones", async () => {
    const handler = await createHandler();
    const { requested, chosen, refused } = handler.selection;
    handler.dispose();
    const names = namesOf(shorthands);
    expect(requested).toBe("auto");
    expect(refused.map(({ backend }) => backend)).toEqual(names.slice(0, names.indexOf(chosen)));
    for (const { tried, found, next } of refused) {
      expect(tried.length).toBeGreaterThan(0);
      expect(found).not.toBe("");
      expect(next).not.toBe("");
      expect(found).not.toContain("\n");
    }
  });

  test("ends with the one that works everywhere", () => {
    expect(namesOf(shorthands).at(-1)).toBe("cpu");
  });
});

describe("the browser entry", () => {
  test("offers no cudnn", async () => {
    expect(namesOf(BROWSER_SHORTHANDS)).not.toContain("cudnn");
    expect(namesOf(NODE_SHORTHANDS)[0]).toBe("cudnn");
    const error = await rejectionOf(browser.createHandler({ backend: "cudnn" }));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain('expected one of "auto", "wasm", "cpu", received "cudnn"');
  });

  test("exports the names of the Node entry, and the same things", () => {
    expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
    const { createHandler: _browser, ...browserApi } = browser;
    const { createHandler: _node, ...nodeApi } = node;
    expect(browserApi).toEqual(nodeApi);
  });

  test.each([
    ["./dist/index.browser.js", ["browser", "import"]],
    ["./dist/index.browser.cjs", ["browser", "require"]],
    ["./dist/index.js", ["node", "import"]],
    ["./dist/index.cjs", ["node", "require"]],
  ])("%s is what the conditions %j lead to, here and as published", (file, conditions) => {
    const path = new URL("../package.json", import.meta.url);
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    expect(resolve(manifest.exports["."], conditions)).toBe(file);
    expect(resolve(manifest.publishConfig.exports["."], conditions)).toBe(file);
  });
});

/** The first branch whose condition holds, as Node and bundlers resolve `exports`. */
function resolve(target: unknown, conditions: readonly string[]): unknown {
  if (typeof target !== "object" || target === null) return target;
  for (const [condition, branch] of Object.entries(target)) {
    if (condition === "default" || conditions.includes(condition)) {
      const found = resolve(branch, conditions);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

test("the names of the example in the design are all there", () => {
  const names = [
    "createHandler",
    "preStageSpatial",
    "preStagePerActivation",
    "preStageSpatialPersistent",
    "Ops",
    "parseInfo",
    "stringifyInfo",
    "isBatchNormError",
    "averagingFactorFromMomentum",
  ];
  expect(Object.keys(node)).toEqual(expect.arrayContaining(names));
});
