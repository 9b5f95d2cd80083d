// Each step of a plan against the formulas: that every slot of the call record reaches the argument it is for.
// With the stand-in, whose numbers are no cuDNN numbers: what is tested is the addon.
import assert from "node:assert/strict";
import { libraries, loadAddon, runCase, standIn } from "./child.mjs";
import { backward, forward, groups } from "./reference.mjs";

const addon = loadAddon();
const device = addon.load(libraries).open(0);
const steps = Object.fromEntries(addon.stepNames.map((name, number) => [name, number]));

const dims = [3, 4, 2, 3];
const count = 72;
const epsilon = 1e-3;
const formats = { NCHW: [24, 6, 3, 1], NHWC: [24, 1, 12, 4] };
const types = {
  float32: { dataType: 0, Array: Float32Array },
  float64: { dataType: 1, Array: Float64Array },
};

/** Values no two of which are alike, some negative. */
const wave = (length, seed) =>
  Array.from({ length }, (_, i) => Math.sin(seed + 1.7 * i) * (1 + (i % 5)));

/** A plan with its memory: values in logical order go in and come out. */
function setUp({
  type = "float32",
  format = "NCHW",
  mode = 1,
  extended = false,
  fusion = 0,
  parameterDims,
}) {
  const perActivation = mode === 0;
  const parameters = parameterDims ?? (perActivation ? [1, 4, 2, 3] : [1, 4, 1, 1]);
  const parameterStrides = parameters.map((_, i) =>
    parameters.slice(i + 1).reduce((a, b) => a * b, 1),
  );
  const { dataType, Array: Numbers } = types[type];
  const strides = formats[format];
  const plan = device.createPlan({
    dataType,
    mode,
    dims,
    strides,
    parameterDims: parameters,
    parameterStrides,
    parameterType: dataType,
    extended,
    fusion,
  });
  const set = (slot, value) => {
    device.call[addon.callFields.indexOf(slot)] = value;
  };
  device.call.fill(0);
  const offset = (i) => {
    const index = [Math.floor(i / 24), Math.floor(i / 6) % 4, Math.floor(i / 3) % 2, i % 3];
    return index.reduce((sum, one, axis) => sum + one * strides[axis], 0);
  };
  const memory = {};
  const put = async (slot, values) => {
    const stored = new Numbers(values.length);
    for (const [i, value] of values.entries())
      stored[values.length === count ? offset(i) : i] = value;
    memory[slot] = device.allocate(stored.byteLength);
    await device.write(memory[slot], new Uint8Array(stored.buffer));
    set(slot, memory[slot].address);
  };
  const take = async (slot) => {
    const stored = new Numbers(memory[slot].byteLength / Numbers.BYTES_PER_ELEMENT);
    await device.read(memory[slot], new Uint8Array(stored.buffer));
    return Array.from(stored, (_, i) => stored[stored.length === count ? offset(i) : i]);
  };
  if (plan.reserve > 0) {
    memory.reserve = device.allocate(plan.reserve);
    set("reserve", memory.reserve.address);
    set("reserveBytes", plan.reserve);
  }
  const statistics = parameters.reduce((a, b) => a * b, 1);
  return { plan, set, put, take, shape: groups(dims, perActivation), statistics, memory, offset };
}

const tolerance = { float32: 2e-6, float64: 1e-12 };
function assertNear(found, expected, type, what) {
  assert.equal(found.length, expected.length, what);
  for (const [i, value] of found.entries()) {
    const allowed = tolerance[type] * Math.max(1, Math.abs(expected[i]));
    assert.ok(
      Math.abs(value - expected[i]) <= allowed,
      `${what}[${i}]: ${value}, not ${expected[i]}`,
    );
  }
}

const blend = (result, old, alpha, beta) =>
  Array.from(result, (one, i) => alpha * one + beta * old[i]);
const kinds = [
  { type: "float32", mode: 1 },
  { type: "float64", mode: 1 },
  { type: "float32", mode: 2 },
  { type: "float64", mode: 0 },
  { type: "float32", mode: 0, format: "NHWC" },
  { type: "float32", mode: 2, format: "NHWC", extended: true },
  { type: "float64", mode: 2, format: "NHWC", extended: true },
];
const [x, z, dy, old] = [wave(count, 1), wave(count, 2), wave(count, 3), wave(count, 4)];

await runCase({
  async forwardTraining() {
    for (const kind of kinds) {
      const { plan, set, put, take, shape, statistics: s } = setUp(kind);
      const [scale, bias] = [wave(s, 5), wave(s, 6)];
      const [runningMean, runningVariance] = [wave(s, 7), wave(s, 8).map(Math.abs)];
      const inputs = { x, scale, bias, y: old, runningMean, runningVariance };
      for (const [slot, values] of Object.entries(inputs)) await put(slot, values);
      for (const slot of ["savedMean", "savedInvVariance"]) await put(slot, new Array(s).fill(0));
      set("epsilon", epsilon);
      set("averagingFactor", 0.25);
      set("alpha", 0.5);
      set("beta", 2);
      plan.run(steps.forwardTraining);
      const { y, mean, variance } = forward({ x, scale, bias, shape, epsilon });
      const m = shape[0].length;
      const unbiased = variance.map((one) => (one * m) / (m - 1));
      const expected = {
        y: blend(y, old, 0.5, 2),
        runningMean: blend(mean, runningMean, 0.25, 0.75),
        runningVariance: blend(unbiased, runningVariance, 0.25, 0.75),
        savedMean: mean,
        savedInvVariance: variance.map((one) => 1 / Math.sqrt(one + epsilon)),
        x,
      };
      for (const [slot, values] of Object.entries(expected)) {
        assertNear(await take(slot), values, kind.type, `${JSON.stringify(kind)} ${slot}`);
      }
    }
  },

  async forwardInference() {
    for (const kind of kinds) {
      const { plan, set, put, take, shape, statistics: s } = setUp(kind);
      const [scale, bias] = [wave(s, 5), wave(s, 6)];
      const given = { mean: wave(s, 7), variance: wave(s, 8).map(Math.abs) };
      const inputs = {
        x,
        scale,
        bias,
        y: old,
        runningMean: given.mean,
        runningVariance: given.variance,
      };
      for (const [slot, values] of Object.entries(inputs)) await put(slot, values);
      set("epsilon", epsilon);
      set("alpha", 0.5);
      set("beta", 2);
      plan.run(steps.forwardInference);
      const { y } = forward({ x, scale, bias, shape, epsilon, given });
      assertNear(await take("y"), blend(y, old, 0.5, 2), kind.type, JSON.stringify(kind));
      assertNear(await take("runningMean"), given.mean, kind.type, "runningMean");
    }
  },

  async backward() {
    for (const kind of kinds) {
      for (const saved of [true, false]) {
        const { plan, set, put, take, shape, statistics: s } = setUp(kind);
        const scale = wave(s, 5);
        const [oldScale, oldBias] = [wave(s, 7), wave(s, 8)];
        const { mean, variance } = forward({ x, scale, bias: scale, shape, epsilon });
        const inputs = { x, dy, scale, dx: old, dScale: oldScale, dBias: oldBias };
        if (saved) inputs.savedMean = mean;
        if (saved) inputs.savedInvVariance = variance.map((one) => 1 / Math.sqrt(one + epsilon));
        for (const [slot, values] of Object.entries(inputs)) await put(slot, values);
        set("epsilon", epsilon);
        set("alpha", 0.5);
        set("beta", 2);
        set("alphaParam", 3);
        set("betaParam", 0.25);
        plan.run(steps.backward);
        const expected = backward({ x, dy, scale, shape, epsilon });
        const name = `${JSON.stringify(kind)} ${saved}`;
        assertNear(await take("dx"), blend(expected.dx, old, 0.5, 2), kind.type, `${name} dx`);
        assertNear(
          await take("dScale"),
          blend(expected.dScale, oldScale, 3, 0.25),
          kind.type,
          `${name} dScale`,
        );
        assertNear(
          await take("dBias"),
          blend(expected.dBias, oldBias, 3, 0.25),
          kind.type,
          `${name} dBias`,
        );
      }
    }
  },

  async "fused forward and backward"() {
    for (const fusion of [1, 2]) {
      const kind = { type: "float32", mode: 2, format: "NHWC", extended: true, fusion };
      const { plan, set, put, take, shape, statistics: s, memory } = setUp(kind);
      assert.equal(plan.reserve > 0, fusion === 2);
      const [scale, bias] = [wave(s, 5), wave(s, 6)];
      const zeros = new Array(count).fill(0);
      const inputs = { x, scale, bias, dy, dx: old, y: zeros, dScale: bias, dBias: bias };
      for (const [slot, values] of Object.entries(inputs)) await put(slot, values);
      if (fusion === 2)
        for (const [slot, values] of Object.entries({ z, dz: zeros })) await put(slot, values);
      for (const slot of ["savedMean", "savedInvVariance"]) await put(slot, new Array(s).fill(0));
      set("epsilon", epsilon);
      for (const slot of ["alpha", "alphaParam"]) set(slot, 1);
      plan.run(steps.forwardTraining);
      // Neither backward may depend on anything but what the forward saved.
      const { y } = forward({
        x,
        z: fusion === 2 ? z : undefined,
        scale,
        bias,
        shape,
        epsilon,
        relu: true,
      });
      assertNear(await take("y"), y, "float32", `${fusion} y`);
      assert.ok(y.some((one) => one === 0) && y.some((one) => one > 0));
      plan.run(steps.backward);
      const masked = dy.map((one, i) => (y[i] > 0 ? one : 0));
      const expected = backward({ x, dy: masked, scale, shape, epsilon });
      assertNear(await take("dx"), Array.from(expected.dx), "float32", `${fusion} dx`);
      assertNear(await take("dScale"), expected.dScale, "float32", `${fusion} dScale`);
      assertNear(await take("dBias"), expected.dBias, "float32", `${fusion} dBias`);
      if (fusion === 2) assertNear(await take("dz"), masked, "float32", "dz");
      for (const one of Object.values(memory)) one.dispose();
    }
  },

  async "elementwise steps"() {
    for (const type of ["float32", "float64"]) {
      const { plan, set, put, take, statistics: s } = setUp({ type, format: "NHWC" });
      await put("dScale", wave(s, 5));
      set("alpha", -1.5);
      plan.run(steps.scaleParameters);
      const scaled = wave(s, 5).map((one) => -1.5 * one);
      assertNear(await take("dScale"), scaled, type, "scaleParameters");

      await put("y", x);
      plan.run(steps.relu);
      const passed = x.map((one) => Math.max(one, 0));
      assertNear(await take("y"), passed, type, "relu");

      await put("dy", dy);
      await put("dx", old);
      plan.run(steps.reluBackward);
      const gradient = dy.map((one, i) => (passed[i] > 0 ? one : 0));
      assertNear(await take("dx"), gradient, type, "reluBackward");

      await put("z", z);
      await put("y", old);
      set("alpha", 0.5);
      set("beta", 2);
      plan.run(steps.addTensor);
      assertNear(await take("y"), blend(z, old, 0.5, 2), type, "addTensor");

      await put("x", x);
      set("bytes", 9 * (type === "float32" ? 4 : 8));
      const before = await take("y");
      plan.run(steps.copy);
      const copied = await take("y");
      // The storage is NHWC and the logical order is not: what was copied are the first nine in storage.
      assert.equal(copied.filter((one, i) => one !== before[i]).length, 9);
      plan.run(steps.clear);
      assert.equal((await take("y")).filter((one) => one === 0).length, 9);

      await put("z", wave(s, 9));
      plan.run(steps.spread);
      const repeated = x.map((_, i) => wave(s, 9)[Math.floor(i / 6) % 4]);
      assertNear(await take("y"), repeated, type, "spread");
    }
  },

  async "transform steps"() {
    const { plan, put, take, offset } = setUp({ format: "NHWC", parameterDims: dims });
    // `put` and `take` place values by NHWC strides; the plan's parameters are packed as NCHW. So the i-th in
    // logical order comes from what was put i-th in memory.
    const stored = [];
    for (const [i, value] of x.entries()) stored[offset(i)] = value;
    await put("z", x);
    await put("y", old);
    plan.run(steps.transformIn);
    assertNear(await take("y"), stored, "float32", "transformIn");
    assert.notDeepEqual(stored, x);
    await put("z", old);
    plan.run(steps.transformOut);
    assertNear(await take("z"), x, "float32", "transformOut");
  },

  async "optional pointers and what cuDNN refuses"() {
    const { plan, set, put, shape, statistics: s, take } = setUp({});
    const [scale, bias] = [wave(s, 5), wave(s, 6)];
    for (const [slot, values] of Object.entries({ x, scale, bias, y: old }))
      await put(slot, values);
    set("alpha", 1);
    set("epsilon", epsilon);
    plan.run(steps.forwardTraining);
    assertNear(
      await take("y"),
      Array.from(forward({ x, scale, bias, shape, epsilon }).y),
      "float32",
      "y",
    );
    set("epsilon", -1);
    assert.throws(() => plan.run(steps.forwardTraining), {
      name: "NativeError",
      call: "cudnnBatchNormalizationForwardTraining",
      status: 2000,
      statusName: "CUDNN_STATUS_BAD_PARAM",
      text: "stand-in: epsilon is negative",
      sticky: false,
      driverVersion: 13000,
      cudnnVersion: 91900,
    });
    assert.throws(() => setUp({ format: "NCHW", mode: 2, extended: true, fusion: 1 }), {
      call: /cudnnGetBatchNormalization/,
      statusName: "CUDNN_STATUS_NOT_SUPPORTED",
    });
    assert.equal(standIn.counts().withoutWorkspace, 0);
  },

  async "time, runtime errors and facts"() {
    const large = setUp({ mode: 2 });
    const values = x.map((one) => one * 1e20);
    for (const [slot, v] of Object.entries({
      x: values,
      y: old,
      scale: [1, 1, 1, 1],
      bias: [0, 0, 0, 0],
    })) {
      await large.put(slot, v);
    }
    large.set("alpha", 1);
    assert.equal(await device.queryRuntimeError(), 0);
    large.plan.run(steps.forwardTraining);
    assert.equal(await device.queryRuntimeError(), 1007);
    assert.equal(await device.queryRuntimeError(), 0);

    standIn.order("slow=20000");
    device.startTiming();
    large.plan.run(steps.forwardTraining);
    const milliseconds = await device.stopTiming();
    standIn.order();
    assert.ok(milliseconds > 15 && milliseconds < 1000, `${milliseconds}`);
    await assert.rejects(async () => device.stopTiming(), /startTiming/);

    assert.deepEqual(
      { ...device.facts, uuid: null },
      {
        name: "Stand-in 0 (no GPU)",
        computeCapability: [7, 0],
        totalMemory: 2 ** 32,
        multiprocessors: 132,
        memoryPools: true,
        l2Bytes: 50 * 2 ** 20,
        uuid: null,
      },
    );
    const second = addon.load(libraries).deviceFacts(1);
    assert.equal(second.name, "Stand-in 1 (no GPU)");
    assert.notEqual(second.uuid, device.facts.uuid);
  },
});
device.dispose();
