// Wrong arguments, wrong receivers, wrong objects: JavaScript errors that name call and argument, never a crash.
import assert from "node:assert/strict";
import { libraries, loadAddon, runCase } from "./child.mjs";
import { launches, plans } from "./scenario.mjs";

const addon = loadAddon();
const opened = addon.load(libraries);
const device = opened.open(0);
const memory = device.allocate(16);
const plan = device.createPlan(plans.plain);
const bytes = new Uint8Array(16);

const things = [
  undefined,
  null,
  true,
  1,
  Number.NaN,
  -1,
  0.5,
  "text",
  Symbol("s"),
  {},
  [],
  () => 1,
  1n,
];
things.push(
  new Uint8Array(16),
  new Float32Array(4),
  new ArrayBuffer(16),
  new DataView(new ArrayBuffer(16)),
);

/** The call throws or rejects with one of the errors of JavaScript that names it. */
async function assertRefused(call, error, names) {
  await assert.rejects(
    async () => call(),
    (found) => {
      assert.ok(found instanceof error, `${found?.name}: ${found?.message}`);
      for (const name of names) assert.match(found.message, new RegExp(name));
      return true;
    },
  );
}

const isMemory = (thing) => thing === memory;

await runCase({
  async "wrong types"() {
    for (const thing of things) {
      if (typeof thing !== "number") {
        await assertRefused(() => device.allocate(thing), TypeError, ["allocate", "byteLength"]);
        await assertRefused(() => plan.run(thing), TypeError, ["run", "step"]);
        await assertRefused(() => opened.open(thing), TypeError, ["open", "ordinal"]);
        await assertRefused(() => opened.deviceFacts(thing), TypeError, ["deviceFacts", "ordinal"]);
      }
      if (!isMemory(thing)) {
        await assertRefused(() => device.initialize(thing, bytes), TypeError, [
          "initialize",
          "memory",
        ]);
        await assertRefused(() => device.write(thing, bytes), TypeError, ["write", "memory"]);
        await assertRefused(() => device.read(thing, bytes), TypeError, ["read", "memory"]);
      }
      if (!(thing instanceof Uint8Array)) {
        await assertRefused(() => device.initialize(memory, thing), TypeError, [
          "initialize",
          "source",
        ]);
        await assertRefused(() => device.write(memory, thing), TypeError, ["write", "source"]);
        await assertRefused(() => device.read(memory, thing), TypeError, ["read", "target"]);
      }
      await assertRefused(() => device.createPlan(thing), TypeError, ["createPlan"]);
      await assertRefused(() => addon.load(thing), TypeError, ["load"]);
      if (typeof thing !== "string") {
        await assertRefused(() => addon.load({ ...libraries, driver: thing }), TypeError, [
          "driver",
        ]);
        await assertRefused(() => addon.load({ ...libraries, cudnn: thing }), TypeError, ["cudnn"]);
      }
    }
  },

  async "wrong numbers"() {
    for (const number of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      await assertRefused(() => device.allocate(number), RangeError, ["allocate", "byteLength"]);
    }
    for (const step of [-1, addon.stepNames.length, 0.5, Number.NaN, 2 ** 32, 2 ** 40]) {
      await assertRefused(() => plan.run(step), RangeError, ["run", "step"]);
    }
    for (const ordinal of [-1, 0.5, Number.NaN]) {
      await assertRefused(() => opened.open(ordinal), RangeError, ["open", "ordinal"]);
    }
    await assertRefused(() => opened.open(2), Error, []);
    for (const length of [0, 15, 17]) {
      const other = new Uint8Array(length);
      await assertRefused(() => device.initialize(memory, other), RangeError, [
        "initialize",
        "source",
      ]);
      await assertRefused(() => device.write(memory, other), RangeError, ["write", "source"]);
      await assertRefused(() => device.read(memory, other), RangeError, ["read", "target"]);
    }
  },

  async "wrong plans"() {
    for (const [name, valid] of Object.entries(plans.relu)) {
      for (const thing of things) {
        if (typeof thing === typeof valid && typeof thing !== "object") continue;
        const spec = { ...plans.relu, [name]: thing };
        await assertRefused(() => device.createPlan(spec), Error, ["createPlan", name]);
      }
      const { [name]: _, ...rest } = plans.relu;
      await assertRefused(() => device.createPlan(rest), TypeError, ["createPlan", name]);
    }
    const wrong = [
      { dims: [4, 4, 2], strides: [16, 1, 8, 4] },
      { dims: [4, 4, 2, 0.5] },
      { dims: [4, 4, 2, 2 ** 31] },
      { dims: [4, 4, 2, "2"] },
      { dims: Array(1000).fill(1), strides: Array(1000).fill(1) },
      { dims: Array(2 ** 24) },
      { mode: 3 },
      { mode: -1 },
      { fusion: 3 },
      { dataType: 77 },
      { parameterType: 5 },
    ];
    for (const part of wrong) {
      await assertRefused(() => device.createPlan({ ...plans.relu, ...part }), Error, []);
    }
    // A getter may do anything: throw, or dispose what is in use.
    const throwing = { ...plans.relu };
    Object.defineProperty(throwing, "strides", { get: () => assert.fail("from the getter") });
    assert.throws(() => device.createPlan(throwing), /from the getter/);
    const other = opened.open(1);
    const disposing = { ...plans.relu };
    Object.defineProperty(disposing, "fusion", {
      get: () => {
        other.dispose();
        return 0;
      },
    });
    assert.throws(() => other.createPlan(disposing), { code: "DISPOSED" });
  },

  async "wrong launches"() {
    const [valid] = launches({ ...addon, kernels: { names: ["any"] } });
    const refused = (part) =>
      assertRefused(() => device.createSequence([{ ...valid, ...part }]), Error, [
        "createSequence",
      ]);
    for (const thing of things) {
      if (!Array.isArray(thing)) {
        await assertRefused(() => device.createSequence(thing), TypeError, ["createSequence"]);
      }
      await assertRefused(() => device.createSequence([thing]), TypeError, ["createSequence"]);
    }
    for (const name of Object.keys(valid)) {
      for (const thing of [undefined, null, {}, Number.NaN, -1, 1n])
        await refused({ [name]: thing });
    }
    // Nothing may reach beyond the parameters or the record.
    for (const patch of [[60, 0, 0], [61, 0, 1], [-4, 0, 1], [0, 99, 0], [0, 0, 4], [0, 0], "x"]) {
      await refused({ patches: [patch] });
    }
    await refused({ params: new Uint8Array(0) });
    await refused({ params: new Uint8Array(4097) });
    for (const grid of [
      [0, 1, 1],
      [1, 1],
      [1, 65536, 1],
      [1, 1, 1, 1],
    ])
      await refused({ grid });
    await assert.rejects(async () => device.createSequence([{ ...valid, kernel: "no_such" }]), {
      name: "NativeError",
      statusName: "CUDA_ERROR_NOT_FOUND",
    });
    const other = opened.open(1);
    const disposing = { ...valid };
    Object.defineProperty(disposing, "cooperative", {
      get: () => {
        other.dispose();
        return false;
      },
    });
    assert.throws(() => other.createSequence([disposing]), { code: "DISPOSED" });
  },

  async "wrong receivers"() {
    const methods = {
      NativeDevice: [device, ["allocate", "initialize", "write", "read", "synchronize", "dispose"]],
      NativePlan: [plan, ["run", "dispose"]],
      NativeMemory: [memory, ["dispose"]],
      Libraries: [opened, ["open", "deviceFacts"]],
    };
    const receivers = [...things, device, plan, memory, opened, Object.create(device), addon];
    for (const [owner, names] of Object.values(methods)) {
      for (const name of names) {
        for (const receiver of receivers) {
          if (receiver === owner) continue;
          await assert.rejects(async () => owner[name].call(receiver, 0), Error, `${name}`);
        }
      }
    }
    // Nothing was harmed.
    plan.run(8);
    await device.write(memory, bytes);
  },

  async "constructors and copies"() {
    for (const one of [device, plan, memory, opened]) {
      assert.throws(() => new one.constructor(), TypeError);
      assert.throws(() => new one.constructor({}), TypeError);
      assert.throws(() => Reflect.construct(Object, [], one.constructor).dispose(), Error);
    }
    const pretender = Object.create(memory);
    await assertRefused(() => device.write(pretender, bytes), TypeError, ["write", "memory"]);
    const wearing = Object.setPrototypeOf(
      { address: 1, byteLength: 16 },
      Object.getPrototypeOf(memory),
    );
    await assertRefused(() => device.write(wearing, bytes), TypeError, ["write", "memory"]);
    await assertRefused(() => device.write(plan, bytes), TypeError, ["write", "memory"]);
  },

  async "memory of another device"() {
    const other = opened.open(1);
    const theirs = other.allocate(16);
    await assertRefused(() => device.write(theirs, bytes), TypeError, ["write", "memory"]);
    await assertRefused(() => device.read(theirs, bytes), TypeError, ["read", "memory"]);
    other.dispose();
  },

  async "properties cannot be changed"() {
    for (const [owner, name] of [
      [memory, "address"],
      [memory, "byteLength"],
      [device, "call"],
      [device, "facts"],
      [plan, "reserve"],
    ]) {
      assert.throws(() => {
        owner[name] = 1;
      }, TypeError);
    }
  },

  async "a call record that was transferred away"() {
    const other = opened.open(1);
    const theirs = other.createPlan(plans.plain);
    try {
      structuredClone(other.call.buffer, { transfer: [other.call.buffer] });
    } catch {
      // Refusing is an answer too.
    }
    // Clears 0 bytes at 0 or is refused: the record is still the addon's own.
    try {
      theirs.run(8);
    } catch (error) {
      assert.equal(error.name, "NativeError");
    }
    other.dispose();
  },

  async "buffers that are shared, detached or resizable"() {
    const shared = new Uint8Array(new SharedArrayBuffer(16));
    await Promise.allSettled([
      (async () => device.write(memory, shared))(),
      (async () => device.read(memory, shared))(),
    ]);
    const detached = new Uint8Array(16);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    await assertRefused(() => device.write(memory, detached), Error, ["write", "source"]);
    const large = device.allocate(9 << 20);
    const resizable = new ArrayBuffer(9 << 20, { maxByteLength: 10 << 20 });
    const reading = (async () => device.read(large, new Uint8Array(resizable)))();
    resizable.resize(0);
    await Promise.allSettled([reading]);
    await device.synchronize();
  },
});
device.dispose();
