// Bytes there and back: every size and order, and each at its place among the steps.
import assert from "node:assert/strict";
import { libraries, loadAddon, runCase, say, standIn, turn } from "./child.mjs";
import { plans, steps } from "./scenario.mjs";

const addon = loadAddon();
const device = addon.load(libraries).open(0);

/** Bytes that differ from place to place and from seed to seed. */
function pattern(length, seed) {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function assertSame(found, expected, what) {
  assert.equal(Buffer.compare(found, expected), 0, what);
}

/** Copies `bytes` bytes between memories on the device. */
function copier() {
  const plan = device.createPlan(plans.plain);
  return (from, to) => {
    const set = (slot, value) => {
      device.call[addon.callFields.indexOf(slot)] = value;
    };
    set("x", from.address);
    set("y", to.address);
    set("bytes", from.byteLength);
    plan.run(steps.copy);
  };
}

const mebi = 1 << 20;
const lengths = [0, 1, 3, 4096, mebi - 1, mebi, mebi + 1, 8 * mebi - 1, 8 * mebi, 8 * mebi + 1];
lengths.push(16 * mebi, 16 * mebi + 1, 33 * mebi + 5);

await runCase({
  async "fresh memory is zero"() {
    for (const length of lengths) {
      const memory = device.allocate(length);
      const target = new Uint8Array(length).fill(0xee);
      await device.read(memory, target);
      assert.ok(
        target.every((byte) => byte === 0),
        `${length}`,
      );
      memory.dispose();
    }
    // Also where it has been used before.
    const memory = device.allocate(4096);
    await device.write(memory, pattern(4096, 1));
    memory.dispose();
    const again = device.allocate(4096);
    const target = new Uint8Array(4096).fill(0xee);
    await device.read(again, target);
    assert.ok(target.every((byte) => byte === 0));
  },

  async "write and read"() {
    for (const length of lengths) {
      const memory = device.allocate(length);
      const target = new Uint8Array(length);
      await device.write(memory, pattern(length, length));
      await device.read(memory, target);
      assertSame(target, pattern(length, length), `${length}`);
      memory.dispose();
    }
  },

  async "initialize has copied when it returns"() {
    for (const length of lengths) {
      const memory = device.allocate(length);
      const source = pattern(length, length);
      device.initialize(memory, source);
      source.fill(0);
      const target = new Uint8Array(length);
      await device.read(memory, target);
      assertSame(target, pattern(length, length), `${length}`);
      memory.dispose();
    }
  },

  async "views into larger buffers"() {
    const around = new Uint8Array(10_000).fill(0xcc);
    around.set(pattern(5000, 1), 1001);
    const memory = device.allocate(5000);
    await device.write(memory, around.subarray(1001, 6001));
    const target = new Uint8Array(10_000).fill(0xdd);
    await device.read(memory, target.subarray(7, 5007));
    assertSame(target.subarray(7, 5007), pattern(5000, 1));
    assert.ok(target.subarray(0, 7).every((byte) => byte === 0xdd));
    assert.ok(target.subarray(5007).every((byte) => byte === 0xdd));
  },

  async "each at its place among the others"() {
    const copy = copier();
    for (const length of [1000, 9 * mebi]) {
      const [x, y] = [device.allocate(length), device.allocate(length)];
      const reads = [];
      for (let round = 0; round < 4; round++) {
        const source = pattern(length, round);
        const written = device.write(x, source);
        const [early, copied] = [new Uint8Array(length), new Uint8Array(length)];
        // Before the copy y holds what the round before left.
        reads.push(
          device.read(y, early).then(() => assertSame(early, expected(round - 1), "early")),
        );
        copy(x, y);
        reads.push(
          device.read(y, copied).then(() => assertSame(copied, expected(round), "copied")),
        );
        const expected = (of) => (of < 0 ? new Uint8Array(length) : pattern(length, of));
        reads.push(written);
      }
      await Promise.all(reads);
      for (const one of [x, y]) one.dispose();
    }
  },

  async "a thousand small ones at once"() {
    const memory = Array.from({ length: 1000 }, (_, i) => device.allocate(100 + i));
    const source = new Uint8Array(2000);
    const writes = memory.map((one, i) => {
      source.set(pattern(100 + i, i));
      // The source of a small write may change at once: the next one does that.
      return device.write(one, source.subarray(0, 100 + i));
    });
    const targets = memory.map((one) => new Uint8Array(one.byteLength));
    const reads = memory.map((one, i) => device.read(one, targets[i]));
    await Promise.all([...writes, ...reads]);
    for (const [i, target] of targets.entries()) assertSame(target, pattern(100 + i, i), `${i}`);
  },

  async "more at once than there is staging memory for"() {
    const length = mebi;
    const memory = Array.from({ length: 150 }, () => device.allocate(length));
    const sources = memory.map((_, i) => pattern(length, i));
    const writes = memory.map((one, i) => device.write(one, sources[i]));
    const targets = memory.map(() => new Uint8Array(length));
    const reads = memory.map((one, i) => device.read(one, targets[i]));
    await Promise.all([...writes, ...reads]);
    for (const [i, target] of targets.entries()) assertSame(target, sources[i], `${i}`);
  },

  async "a target that goes away"() {
    for (const length of [1000, 9 * mebi]) {
      const memory = device.allocate(length);
      const target = new Uint8Array(length);
      const reading = device.read(memory, target);
      structuredClone(target.buffer, { transfer: [target.buffer] });
      // Either way: the promise settles and nothing is written where the bytes are not any more.
      await reading.then(
        () => say({ detached: "filled before" }),
        (error) => assert.match(error.message, /detached/),
      );
    }
  },

  async "arrays that are held only by the transfer"() {
    const memory = device.allocate(20 * mebi);
    const pending = [];
    for (let i = 0; i < 5; i++) {
      pending.push(device.write(memory, pattern(20 * mebi, i)));
      pending.push(device.read(memory, new Uint8Array(20 * mebi)));
      globalThis.gc?.();
      await turn();
    }
    await Promise.all(pending);
    const target = new Uint8Array(20 * mebi);
    await device.read(memory, target);
    assertSame(target, pattern(20 * mebi, 4));
  },

  // More chunks than there are slots stay undone: those of the next transfer must not wait for them.
  async "after one that could not be enqueued"() {
    const length = 72 * mebi;
    const memory = device.allocate(length);
    const [before, source, target] = [1, 2, 3].map((seed) => pattern(length, seed));
    const waits = ["cuStreamWaitValue32_v2", "cuStreamWriteValue32_v2"];
    const start = {
      cuMemcpyHtoDAsync_v2: () => device.write(memory, source),
      cuMemcpyDtoHAsync_v2: () => device.read(memory, target),
    };
    for (const [copy, transfer] of Object.entries(start)) {
      for (const call of [copy, ...waits]) {
        for (const turnOf of [1, 2, 9]) {
          // The one before is still under way.
          const written = device.write(memory, before);
          standIn.order(`fail:${call}:${turnOf}=1`);
          await assert.rejects(transfer(), { name: "NativeError", call, status: 1 });
          standIn.order();
          await written;
          await device.write(memory, source);
          await device.read(memory, target.fill(0));
          assertSame(target, source, `${copy}: ${call} ${turnOf}`);
        }
      }
    }
  },

  async "promises settle in the order of the calls"() {
    const [small, large] = [device.allocate(16), device.allocate(9 * mebi)];
    const order = [];
    const note = (name) => () => order.push(name);
    await Promise.all([
      device.write(large, new Uint8Array(9 * mebi)).then(note("write large")),
      device.read(small, new Uint8Array(16)).then(note("read small")),
      device.queryRuntimeError().then(note("query")),
      device.read(large, new Uint8Array(9 * mebi)).then(note("read large")),
      device.synchronize().then(note("synchronize")),
    ]);
    assert.deepEqual(order, ["write large", "read small", "query", "read large", "synchronize"]);
  },
});
device.dispose();
