// Who lives how long: devices, memory and plans disposed in any order, forgotten, or left at the end.
import assert from "node:assert/strict";
import { describe, libraries, loadAddon, runCase, say, standIn, turn, until } from "./child.mjs";
import { plans } from "./scenario.mjs";

const addon = loadAddon();
const open = () => addon.load(libraries).open(0);
const disposed = { code: "DISPOSED" };
const bytes = new Uint8Array(256);

await runCase({
  async "memory, plan, device"() {
    const device = open();
    const memory = device.allocate(256);
    const plan = device.createPlan(plans.relu);
    memory.dispose();
    plan.dispose();
    device.dispose();
  },

  async "device, plan, memory"() {
    const device = open();
    const memory = device.allocate(256);
    const plan = device.createPlan(plans.relu);
    device.dispose();
    assert.deepEqual(standIn.alive(), {});
    plan.dispose();
    memory.dispose();
  },

  async "each of them twice"() {
    const device = open();
    const memory = device.allocate(256);
    const plan = device.createPlan(plans.plain);
    for (const one of [memory, memory, plan, plan, device, device, memory, plan]) one.dispose();
  },

  async "use after dispose of memory and plan"() {
    const device = open();
    const memory = device.allocate(256);
    const plan = device.createPlan(plans.plain);
    memory.dispose();
    plan.dispose();
    assert.throws(() => device.initialize(memory, bytes), disposed);
    await assert.rejects(async () => device.write(memory, bytes), disposed);
    await assert.rejects(async () => device.read(memory, bytes), disposed);
    assert.throws(() => plan.run(8), disposed);
    device.dispose();
  },

  async "use after dispose of the device"() {
    const device = open();
    const memory = device.allocate(256);
    const plan = device.createPlan(plans.plain);
    device.dispose();
    const uses = {
      allocate: () => device.allocate(1),
      initialize: () => device.initialize(memory, bytes),
      write: () => device.write(memory, bytes),
      read: () => device.read(memory, bytes),
      synchronize: () => device.synchronize(),
      memoryInfo: () => device.memoryInfo(),
      createPlan: () => device.createPlan(plans.plain),
      queryRuntimeError: () => device.queryRuntimeError(),
      startTiming: () => device.startTiming(),
      stopTiming: () => device.stopTiming(),
      run: () => plan.run(8),
    };
    for (const [name, use] of Object.entries(uses)) {
      await assert.rejects(async () => use(), disposed, name);
    }
    // What needs no device goes on.
    assert.equal(device.call.length, addon.callFields.length);
    assert.match(device.facts.name, /Stand-in/);
  },

  async "memory disposed while work that uses it is queued"() {
    const device = open();
    for (let i = 0; i < 20; i++) {
      const memory = device.allocate(1 << 20);
      const written = device.write(memory, new Uint8Array(1 << 20));
      const large = device.allocate(9 << 20);
      const read = device.read(large, new Uint8Array(9 << 20));
      memory.dispose();
      large.dispose();
      if (i % 5 === 0) await Promise.all([written, read]);
    }
    await device.synchronize();
    device.dispose();
  },

  // To open pins memory, which waits for all of the context and holds up the calls of every thread meanwhile: a
  // transfer that still needed one of them would never end.
  async "a device opened while a transfer of another is under way"() {
    const device = open();
    const memory = device.allocate(40 << 20);
    const source = new Uint8Array(40 << 20).fill(3);
    const target = new Uint8Array(40 << 20);
    const transfers = [device.write(memory, source), device.read(memory, target)];
    const other = open();
    await Promise.all(transfers);
    assert.ok(target.every((byte) => byte === 3));
    other.dispose();
    device.dispose();
  },

  async "dispose settles what is pending"() {
    const device = open();
    const memory = device.allocate(17 << 20);
    const target = new Uint8Array(17 << 20).fill(1);
    const pending = [
      device.write(memory, new Uint8Array(17 << 20).fill(9)),
      device.read(memory, target),
      device.synchronize(),
      device.queryRuntimeError(),
    ];
    device.startTiming();
    pending.push(device.stopTiming());
    device.dispose();
    assert.deepEqual(standIn.alive(), {});
    const settled = await Promise.allSettled(pending);
    assert.equal(settled.length, 5);
    // A transfer that says it succeeded has succeeded.
    if (settled[1].status === "fulfilled") assert.ok(target.every((byte) => byte === 9));
  },

  async "a forgotten device"() {
    forgetDevice();
    assert.ok(
      await until(() => Object.keys(standIn.alive()).length === 0),
      JSON.stringify(standIn.alive()),
    );
  },

  async "a forgotten device with work pending"() {
    forgetDevice((device, memory) => device.write(memory, new Uint8Array(17 << 20)));
    assert.ok(
      await until(() => Object.keys(standIn.alive()).length === 0),
      JSON.stringify(standIn.alive()),
    );
  },

  async "forgotten memory and plans"() {
    const device = open();
    const before = standIn.alive();
    forgetParts(device);
    assert.ok(standIn.alive().memory >= 50);
    assert.ok(await until(() => JSON.stringify(standIn.alive()) === JSON.stringify(before)));
    device.dispose();
  },

  async "forgotten memory is collected before the device is full"() {
    const device = open();
    for (let i = 0; i < 200; i++) {
      device.allocate(32 << 20);
      await turn();
    }
    say({ peak: standIn.alive().memory });
    device.dispose();
  },

  async "left undisposed at the end"() {
    const device = open();
    device.allocate(256);
    device.createPlan(plans.relu);
    await device.synchronize();
  },

  async "left with work pending, and process.exit"() {
    const device = open();
    const memory = device.allocate(40 << 20);
    device.write(memory, new Uint8Array(40 << 20)).then(() => say({ settled: true }));
    await turn(5);
    say({ done: true });
    process.exit(0);
  },

  async "left with work pending, and nothing else to do"() {
    const device = open();
    const memory = device.allocate(40 << 20);
    device.write(memory, new Uint8Array(40 << 20)).then(() => say({ settled: true }));
  },

  async "left with work pending by an uncaught error"() {
    const device = open();
    const memory = device.allocate(40 << 20);
    device.write(memory, new Uint8Array(40 << 20)).catch((error) => say(describe(error)));
    say({ done: true });
    setTimeout(() => {
      throw new Error("thrown by the test");
    });
    await turn(10_000);
  },
});

function forgetDevice(use) {
  const device = open();
  const memory = device.allocate(17 << 20);
  device.createPlan(plans.plain);
  use?.(device, memory);
}

function forgetParts(device) {
  for (let i = 0; i < 50; i++) {
    device.allocate(1000);
    device.createPlan(plans.relu);
  }
}
