// A device that runs out of memory.
import assert from "node:assert/strict";
import { describe, libraries, loadAddon, runCase, standIn } from "./child.mjs";
import { plans, roundTrip } from "./scenario.mjs";

const addon = loadAddon();
const mebi = 1 << 20;

/** The error of an allocation that must fail. */
function refused(allocate) {
  try {
    allocate();
  } catch (error) {
    return describe(error);
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

await runCase({
  async "too much"() {
    const device = addon.load(libraries).open(0);
    const { free, total } = device.memoryInfo();
    assert.equal(total, 64 * mebi);
    const error = refused(() => device.allocate(100 * mebi));
    assert.equal(error.name, "NativeError");
    assert.equal(error.status, 2);
    assert.equal(error.statusName, "CUDA_ERROR_OUT_OF_MEMORY");
    assert.equal(error.requested, 100 * mebi);
    assert.equal(error.free, free);
    assert.ok(!error.sticky);
    await roundTrip(device);
    device.dispose();
  },

  async "little by little"() {
    const device = addon.load(libraries).open(0);
    const held = [];
    const error = refused(() => {
      for (;;) held.push(device.allocate(5 * mebi));
    });
    assert.equal(held.length, 12);
    assert.equal(error.requested, 5 * mebi);
    assert.equal(error.free, 4 * mebi);
    // What is given back can be had again.
    held.pop().dispose();
    held.push(device.allocate(5 * mebi));
    await roundTrip(device);
    device.dispose();
  },

  async "freed memory that the stream has not come to yet"() {
    const device = addon.load(libraries).open(0);
    for (let i = 0; i < 5; i++) {
      const memory = device.allocate(40 * mebi);
      const writing = device.write(memory, new Uint8Array(40 * mebi));
      memory.dispose();
      const next = device.allocate(40 * mebi);
      next.dispose();
      await writing;
    }
    device.dispose();
  },

  async "kept by the pool of another device object"() {
    const [first, second] = [0, 0].map((ordinal) => addon.load(libraries).open(ordinal));
    first.allocate(40 * mebi).dispose();
    await first.synchronize();
    // The first still holds those bytes for itself; it is the one that can use them.
    const error = refused(() => second.allocate(40 * mebi));
    assert.equal(error.free, 24 * mebi);
    first.allocate(40 * mebi).dispose();
    first.dispose();
    second.allocate(40 * mebi).dispose();
    second.dispose();
  },

  async "the workspace of a plan"() {
    const device = addon.load(libraries).open(0);
    const held = device.allocate(64 * mebi - 1024);
    const error = refused(() => device.createPlan(plans.relu));
    assert.equal(error.status, 2);
    assert.deepEqual(
      Object.keys(standIn.alive()).filter((name) => /descriptor/i.test(name)),
      [],
    );
    held.dispose();
    device.createPlan(plans.relu).dispose();
    device.dispose();
  },
});
