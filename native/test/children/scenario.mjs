// One walk through everything the addon does: opens a device, allocates, writes, plans, runs every step, reads,
// times, queries, disposes. A step that fails is noted and what depends on it is left out.
import { describe } from "./child.mjs";

export const steps = {
  forwardTraining: 0,
  forwardInference: 1,
  backward: 2,
  scaleParameters: 3,
  relu: 4,
  reluBackward: 5,
  addTensor: 6,
  copy: 7,
  clear: 8,
  spread: 9,
};
/** These want descriptors of equal dims: a plan of its own. */
const transformSteps = { transformIn: 10, transformOut: 11 };

const dims = [4, 4, 2, 2];
const elements = 64;
const shape = {
  dataType: 0,
  dims,
  parameterDims: [1, 4, 1, 1],
  parameterStrides: [4, 1, 1, 1],
  parameterType: 0,
};
export const plans = {
  plain: { ...shape, mode: 1, strides: [16, 4, 2, 1], extended: false, fusion: 0 },
  relu: { ...shape, mode: 2, strides: [16, 1, 8, 4], extended: true, fusion: 1 },
  addRelu: { ...shape, mode: 2, strides: [16, 1, 8, 4], extended: true, fusion: 2 },
};
const transformPlan = {
  ...plans.plain,
  parameterDims: dims,
  parameterStrides: [16, 1, 8, 4],
};
const data = ["x", "y", "z", "dy", "dx", "dz"];
const parameters = [
  "scale",
  "bias",
  "dScale",
  "dBias",
  "runningMean",
  "runningVariance",
  "savedMean",
];

/** Launches of kernels with everything that a launch can ask for; none in an addon without kernels. */
export function launches(addon) {
  const [kernel] = addon.kernels.names;
  if (kernel === undefined) return [];
  const slot = (name) => addon.callFields.indexOf(name);
  const plain = {
    ...{ kernel, grid: [4, 1, 1], block: 64, cluster: 1, sharedBytes: 0, cooperative: false },
    params: new Uint8Array(64),
    patches: [
      [0, slot("x"), 0],
      [8, slot("alpha"), 1],
      [16, slot("beta"), 2],
      [24, slot("bytes"), 3],
    ],
  };
  return [
    plain,
    { ...plain, sharedBytes: 200 << 10, cooperative: true },
    { ...plain, grid: [32, 1, 1], cluster: 16 },
  ];
}

/**
 * @param {(device: any) => Promise<void>} [afterErrors] called on the open device when something has failed
 * @param {() => void} [beforeDispose]
 * @param {number} [largeBytes] length of the transfer that needs several staging slots
 */
export async function walk(
  addon,
  libraries,
  { afterErrors, beforeDispose, largeBytes = (17 << 20) + 4 } = {},
) {
  const errors = [];
  const attempt = async (what, action) => {
    try {
      return await action();
    } catch (error) {
      errors.push({ what, ...describe(error) });
      return undefined;
    }
  };
  const device = await attempt("open", () => open(addon, libraries));
  if (device === undefined) return errors;
  await walkDevice(addon, device, attempt, largeBytes);
  if (errors.length > 0) await attempt("after errors", () => afterErrors?.(device));
  beforeDispose?.();
  await attempt("dispose", () => device.dispose());
  return errors;
}

function open(addon, libraries) {
  const opened = addon.load(libraries);
  opened.deviceFacts(0);
  return opened.open(0);
}

async function walkDevice(addon, device, attempt, largeBytes) {
  const memory = await attempt("allocate", () => allocateAll(device));
  if (memory !== undefined) {
    await attempt("initialize", () => device.initialize(memory.x, bytesOf(1)));
    await attempt("write", () => device.write(memory.scale, bytesOf(2).subarray(0, 16)));
    for (const [name, spec] of Object.entries({ ...plans, transform: transformPlan })) {
      const plan = await attempt(`plan ${name}`, () => device.createPlan(spec));
      if (plan === undefined) continue;
      const own = name === "transform" ? transformSteps : steps;
      await runSteps(addon, device, plan, memory, attempt, name, own);
      await attempt("dispose plan", () => plan.dispose());
    }
    await runLaunches(addon, device, attempt);
    await attempt("read", () => device.read(memory.y, new Uint8Array(elements * 4)));
    for (const one of Object.values(memory)) await attempt("dispose memory", () => one.dispose());
  }
  await transfer(device, attempt, largeBytes);
  await attempt("time", async () => {
    device.startTiming();
    await device.stopTiming();
  });
  await attempt("query", () => device.queryRuntimeError());
  await attempt("memoryInfo", () => device.memoryInfo());
  await attempt("synchronize", () => device.synchronize());
}

async function runLaunches(addon, device, attempt) {
  const specs = launches(addon);
  if (specs.length === 0) return;
  const sequence = await attempt("sequence", () => device.createSequence(specs));
  if (sequence === undefined) return;
  await attempt("run sequence", () => sequence.run());
  await attempt("dispose sequence", () => sequence.dispose());
}

function allocateAll(device) {
  const memory = {};
  for (const name of data) memory[name] = device.allocate(elements * 4);
  for (const name of [...parameters, "savedInvVariance"]) memory[name] = device.allocate(16);
  memory.reserve = device.allocate(4096);
  return memory;
}

async function runSteps(addon, device, plan, memory, attempt, name, own) {
  const set = (slot, value) => {
    device.call[addon.callFields.indexOf(slot)] = value;
  };
  for (const [slot, one] of Object.entries(memory)) set(slot, one.address);
  const numbers = { reserveBytes: plan.reserve, epsilon: 1e-5, averagingFactor: 0.5, bytes: 16 };
  for (const [slot, value] of Object.entries(numbers)) set(slot, value);
  for (const slot of ["alpha", "alphaParam"]) set(slot, 1);
  for (const slot of ["beta", "betaParam"]) set(slot, 0);
  let forwardDone = false;
  for (const [step, number] of Object.entries(own)) {
    // A fused backward reads what its forward left.
    if (step === "backward" && !forwardDone) continue;
    const done = await attempt(`${step} of ${name}`, () => {
      plan.run(number);
      return true;
    });
    if (step === "forwardTraining") forwardDone = done === true;
  }
}

/** A transfer through several staging slots there and back. */
async function transfer(device, attempt, bytes) {
  const memory = await attempt("allocate large", () => device.allocate(bytes));
  if (memory === undefined) return;
  const [source, target] = [new Uint8Array(bytes).fill(7), new Uint8Array(bytes)];
  await attempt("write large", () => device.write(memory, source));
  await attempt("read large", () => device.read(memory, target));
  await attempt("dispose large", () => memory.dispose());
}

/** Fails unless bytes still come back from the device as they went there. */
export async function roundTrip(device) {
  const source = bytesOf(3);
  const memory = device.allocate(source.length);
  await device.write(memory, source);
  const target = new Uint8Array(source.length);
  await device.read(memory, target);
  memory.dispose();
  if (Buffer.compare(source, target) !== 0)
    throw new Error("what was read is not what was written");
}

function bytesOf(seed) {
  return new Uint8Array(
    Float32Array.from({ length: elements }, (_, i) => Math.sin(seed * 50 + i)).buffer,
  );
}
