import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/contract/plan.ts";
import { type CachedPlan, PlanCache } from "../../src/handler/planCache.ts";
import { createTensorDescriptor } from "../../src/tensor/tensorDescriptor.ts";
import { BATCH_NORM_MODES, type BatchNormMode } from "../../src/vocabulary/batchNormMode.ts";

const descriptors = Array.from({ length: 6 }, (_, index) =>
  createTensorDescriptor({ dataType: "float32", format: "NCHW", dims: [index + 1, 3] }),
);

class CountedPlan implements Plan {
  readonly description = "counted";
  disposals = 0;
  forwardTraining(): void {}
  forwardInference(): void {}
  backward(): void {}
  backwardInference(): void {}
  dispose(): void {
    this.disposals++;
  }
}

/** A cache that says which descriptors had to be planned anew. */
function cacheOf(capacity: number) {
  const cache = new PlanCache(capacity);
  const created: string[] = [];
  const get = (index: number, mode: BatchNormMode = "spatial") =>
    cache.get(mode, descriptors[index], () => {
      created.push(`${mode} ${index}`);
      return new CountedPlan();
    });
  return { cache, created, get };
}

const disposalsOf = ({ plan }: CachedPlan) => (plan as CountedPlan).disposals;

describe("PlanCache", () => {
  test("plans once for each mode and descriptor", () => {
    const { created, get } = cacheOf(10);
    const first = get(0);
    expect(get(0)).toBe(first);
    expect(get(0, "perActivation")).not.toBe(first);
    expect(get(1)).not.toBe(first);
    expect(created).toEqual(["spatial 0", "perActivation 0", "spatial 1"]);
    expect(first).toMatchObject({ x: descriptors[0], live: true });
  });

  test("the least recently used goes first, disposed once and no longer live", () => {
    const { created, get } = cacheOf(2);
    const zero = get(0);
    const one = get(1);
    get(0); // 1 is now the oldest
    const two = get(2);
    expect([zero, one, two].map(({ live }) => live)).toEqual([true, false, true]);
    expect([zero, one, two].map(disposalsOf)).toEqual([0, 1, 0]);
    expect(get(0)).toBe(zero);
    expect(get(1)).not.toBe(one);
    expect(created).toEqual(["spatial 0", "spatial 1", "spatial 2", "spatial 1"]);
  });

  test("touch counts as a use", () => {
    const { cache, get } = cacheOf(2);
    const zero = get(0);
    const one = get(1);
    cache.touch(zero);
    get(2);
    expect(zero.live).toBe(true);
    expect(one.live).toBe(false);
  });

  test("the modes share the capacity", () => {
    const { get } = cacheOf(2);
    const old = get(0, "perActivation");
    get(0, "spatial");
    get(0, "spatialPersistent");
    expect(old.live).toBe(false);
  });

  test("a capacity of 1 works", () => {
    const { get } = cacheOf(1);
    const zero = get(0);
    const one = get(1);
    expect([zero.live, one.live]).toEqual([false, true]);
    expect(get(1)).toBe(one);
  });

  test("a plan that cannot be made evicts nothing and leaves no entry", () => {
    const { cache, created, get } = cacheOf(1);
    const zero = get(0);
    const fail = () => {
      throw new Error("no plan");
    };
    expect(() => cache.get("spatial", descriptors[1], fail)).toThrow("no plan");
    expect(zero.live).toBe(true);
    get(1);
    expect(created).toEqual(["spatial 0", "spatial 1"]);
  });

  test("clear disposes all, once, and the cache can be used again", () => {
    const { cache, get } = cacheOf(3);
    const all = [get(0), get(1), get(0, "perActivation")];
    cache.clear();
    cache.clear();
    expect(all.map(disposalsOf)).toEqual([1, 1, 1]);
    expect(all.some(({ live }) => live)).toBe(false);
    // A forgotten size would now evict too early.
    const again = [get(0), get(1), get(2)];
    expect(again.every(({ live }) => live)).toBe(true);
  });

  test("property: behaves as a list kept in order of use", () => {
    const use = fc.tuple(fc.nat(descriptors.length - 1), fc.constantFrom(...BATCH_NORM_MODES));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(use), (capacity, uses) => {
        const { created, get } = cacheOf(capacity);
        const recent: string[] = [];
        const expected: string[] = [];
        for (const [index, mode] of uses) {
          get(index, mode);
          const key = `${mode} ${index}`;
          const known = recent.indexOf(key);
          if (known === -1) expected.push(key);
          else recent.splice(known, 1);
          recent.push(key);
          if (recent.length > capacity) recent.shift();
        }
        expect(created).toEqual(expected);
      }),
    );
  });
});
