import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { isBatchNormError } from "../../src/errors/batchNormError.ts";
import { parseInfo, stringifyInfo } from "../../src/info/index.ts";
import { arbitraryInfo } from "./arbitraryInfo.ts";
import {
  bits,
  descriptorWith,
  errorOf,
  expectError,
  extensionWith,
  golden,
  savedWith,
  wireWith,
} from "./support.ts";

// Slow only on a machine busy with other work.
vi.setConfig({ testTimeout: 60_000 });

/** The names of all that a careless merge of parsed JSON could have changed. */
function globalState(): string {
  const prototypes = [Object.prototype, Array.prototype, String.prototype, Float32Array.prototype];
  return JSON.stringify(prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String)));
}

const CLEAN = globalState();

/** Runs a call that may refuse, but only with a `BatchNormError`; what it accepts must be writable. */
function expectTyped(source: string | object): void {
  try {
    const info = parseInfo(source);
    expect(bits(parseInfo(stringifyInfo(info)))).toEqual(bits(info));
  } catch (error) {
    if (!isBatchNormError(error)) throw error;
    expect(["INFO_INVALID", "INFO_TOO_LONG"]).toContain(error.code);
    expect(error.message.length).toBeLessThan(1000);
  }
  expect(globalState()).toBe(CLEAN);
}

const OTHER_VALUES = fc.oneof(
  fc.constantFrom<unknown>(null, -1, 0.5, 2 ** 53, "", "AAAA", [], {}, true, [[1]], [1, 2], 1e308),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Replaces, removes or renames one value somewhere inside. */
function mutate(value: unknown, path: readonly number[], to: unknown, kind: number): unknown {
  if (typeof value !== "object" || value === null || path.length === 0) return to;
  const keys = Object.keys(value);
  if (keys.length === 0) return to;
  const key = keys[path[0] % keys.length];
  const child = (value as Record<string, unknown>)[key];
  const isLast = path.length === 1 || typeof child !== "object" || child === null;
  const entries = Object.entries(value).flatMap(([name, old]): [string, unknown][] => {
    if (name !== key) return [[name, old]];
    if (!isLast) return [[name, mutate(old, path.slice(1), to, kind)]];
    if (kind === 0) return [];
    return kind === 1 ? [[name.toUpperCase(), old]] : [[name, to]];
  });
  return Array.isArray(value) ? entries.map((entry) => entry[1]) : Object.fromEntries(entries);
}

const wireObject = arbitraryInfo.map((info): unknown => JSON.parse(stringifyInfo(info)));

describe("parseInfo on arbitrary input throws nothing but BatchNormError", () => {
  it("for a valid layer with one thing changed", () => {
    const path = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(wireObject, path, OTHER_VALUES, fc.nat({ max: 4 }), (wire, where, to, kind) => {
        const mutant = mutate(wire, where, to, kind) as object;
        expectTyped(JSON.stringify(mutant));
        if (typeof mutant === "object" && mutant !== null) expectTyped(mutant);
      }),
      { numRuns: 1000 },
    );
  });

  it("for valid text with some characters changed", () => {
    const edit = fc.tuple(fc.nat({ max: 2000 }), fc.nat({ max: 3 }), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(wireObject, fc.array(edit, { minLength: 1, maxLength: 3 }), (wire, edits) => {
        let text = JSON.stringify(wire);
        for (const [at, removed, inserted] of edits) {
          const start = at % text.length;
          text = text.slice(0, start) + inserted + text.slice(start + removed);
          if (text === "") return;
        }
        expectTyped(text);
      }),
      { numRuns: 1000 },
    );
  });

  it("for any JSON", () => {
    fc.assert(fc.property(fc.json(), expectTyped), { numRuns: 500 });
  });

  it("for any string", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), expectTyped), { numRuns: 500 });
  });

  it("for any object", () => {
    const anything = fc.object({ withNullPrototype: true, withTypedArray: true, withMap: true });
    fc.assert(fc.property(anything, expectTyped), { numRuns: 500 });
  });

  it("for any values under the known keys", () => {
    const keys = [...Object.keys(wireWith({})), "batchnorm"];
    const anything = fc.anything({ withBigInt: true, withSparseArray: true, withTypedArray: true });
    const changes = fc.dictionary(fc.constantFrom(...keys), anything, { maxKeys: 2 });
    const wire = changes.map((change) => wireWith({ batchnorm: extensionWith({}), ...change }));
    fc.assert(fc.property(wire, expectTyped), { numRuns: 1000 });
  });
});

describe("parseInfo stands", () => {
  const DEPTH = 200_000;
  const deep = `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`;

  it.each(["Extra", "Dims", "RRM", "Epsilon", "batchnorm"])("deep nesting under %s", (key) => {
    expectTyped(JSON.stringify(wireWith({ [key]: "HERE" })).replace('"HERE"', deep));
  });

  it("deep nesting of objects, closed or not", () => {
    expectTyped('{"a":'.repeat(DEPTH));
    expectTyped(`${'{"batchnorm":'.repeat(DEPTH)}1${"}".repeat(DEPTH)}`);
  });

  it("__proto__ at every level", () => {
    const text = JSON.stringify(wireWith({ batchnorm: extensionWith({}) }));
    const hostile = text.replaceAll("{", '{"__proto__":{"epsilon":"x","Dims":1,"rule":0},');
    expect(bits(parseInfo(hostile))).toEqual(bits(parseInfo(text)));
    expect(globalState()).toBe(CLEAN);
  });

  it("very many extra keys", () => {
    const extra = Array.from({ length: 200_000 }, (_, i) => `"k${i}":0`).join(",");
    expectTyped(golden("spatial-float32.json").replace("{", `{${extra},`));
  });
});

describe("parseInfo on exotic objects", () => {
  const thrower = {
    get() {
      throw new RangeError("mine");
    },
  };

  it.each(["Epsilon", "Dims", "RRM", "batchnorm"])("names %s where its getter throws", (key) => {
    const source = Object.defineProperty(wireWith({}), key, { ...thrower, enumerable: true });
    expectError(() => parseInfo(source), "INFO_INVALID", key, "readable");
  });

  it("reads each key once", () => {
    const reads: string[] = [];
    const wire = wireWith({ batchnorm: extensionWith({ saved: savedWith({}) }) });
    const source = new Proxy(wire, {
      get(target, key: string) {
        reads.push(key);
        return target[key];
      },
    });
    parseInfo(source);
    expect([...reads].sort()).toEqual(Object.keys(wire).sort());
  });

  it.each(["Epsilon", "Mode", "Dims", "Stride", "RRM", "batchnorm"])(
    "refuses a revoked proxy as %s",
    (key) => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      expectError(() => parseInfo(wireWith({ [key]: proxy })), "INFO_INVALID", key);
    },
  );

  it("refuses a revoked proxy deep inside", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const part of [{ dims: [proxy, 2, 5, 7] }, { format: proxy }, { strides: proxy }]) {
      const batchnorm = extensionWith({ saved: savedWith({ descriptor: descriptorWith(part) }) });
      const path = "batchnorm.saved.descriptor";
      expect(errorOf(() => parseInfo(wireWith({ batchnorm }))).message).toContain(path);
    }
  });

  it("refuses a revoked proxy", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expectError(() => parseInfo(proxy), "INFO_INVALID", "source");
  });

  it("refuses a huge array of holes at its first hole", () => {
    const holes = new Array(2 ** 32 - 1);
    expectError(() => parseInfo(wireWith({ Dims: holes })), "INFO_INVALID", "Dims[0]", "nothing");
  });

  it("refuses elements whose getters throw", () => {
    const dims = Object.defineProperty([1, 2, 1, 1], 1, thrower);
    expectError(() => parseInfo(wireWith({ Dims: dims })), "INFO_INVALID", "Dims", "readable");
  });
});
