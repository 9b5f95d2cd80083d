import { expect, test } from "vitest";
import { collectGarbage } from "../../../../tooling/testing/garbage.ts";
import { DescriptorInterner } from "../../src/handler/descriptorInterner.ts";
import { createTensorDescriptor } from "../../src/tensor/tensorDescriptor.ts";

const descriptor = (batch: number) =>
  createTensorDescriptor({ dataType: "float32", format: "NCHW", dims: [batch, 3] });

test("the first of equal descriptors stands for all", () => {
  const interner = new DescriptorInterner();
  const first = descriptor(1);
  expect(interner.intern(first)).toBe(first);
  expect(interner.intern(descriptor(1))).toBe(first);
  expect(interner.intern(descriptor(2))).not.toBe(first);
});

test("descriptors in use stay the same through any number of others", () => {
  const interner = new DescriptorInterner();
  const held = Array.from({ length: 3000 }, (_, index) => interner.intern(descriptor(index)));
  for (let batch = 3000; batch < 6000; batch++) interner.intern(descriptor(batch));
  expect(held.every((one, batch) => interner.intern(descriptor(batch)) === one)).toBe(true);
});

test("holds a descriptor only as long as somebody uses it", async () => {
  const interner = new DescriptorInterner();
  const used = interner.intern(descriptor(0));
  const reference = new WeakRef(interner.intern(descriptor(1)));
  // A WeakRef keeps its target alive until the current job ends.
  await new Promise((resolve) => setTimeout(resolve));
  collectGarbage();
  expect(reference.deref()).toBeUndefined();
  expect(interner.intern(descriptor(0))).toBe(used);
  const again = descriptor(1);
  expect(interner.intern(again)).toBe(again);
});

test("forgets the keys of what is gone, so that its size follows what is in use", async () => {
  const interner = new DescriptorInterner();
  const rounds = 12;
  const each = 2000;
  const sizes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < each; i++) interner.intern(descriptor(round * each + i));
    await new Promise((resolve) => setTimeout(resolve));
    collectGarbage();
    sizes.push(process.memoryUsage().heapUsed);
  }
  // Kept keys and WeakRefs would cost about 200 bytes for each of 18,000 descriptors: 3.6 MB.
  expect(sizes[rounds - 1] - sizes[2]).toBeLessThan(1e6);
}, 60_000);
