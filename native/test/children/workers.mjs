// Several threads of JavaScript, each with the addon and devices of its own.
import assert from "node:assert/strict";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { libraries, loadAddon, runCase, say, standIn, turn } from "./child.mjs";
import { roundTrip, walk } from "./scenario.mjs";

const addon = loadAddon();

if (isMainThread) await main();
else await work();

async function work() {
  if (workerData === "walk") {
    for (let i = 0; i < 3; i++) parentPort.postMessage(await walk(addon, libraries));
    return;
  }
  const device = addon.load(libraries).open(workerData.ordinal);
  const memory = device.allocate(40 << 20);
  const writing = device.write(memory, new Uint8Array(40 << 20));
  parentPort.postMessage("begun");
  if (workerData.end === "throw") throw new Error("thrown by the worker");
  if (workerData.end === "leave") return;
  await writing;
  await turn(60_000);
}

async function main() {
  await runCase({
    async "walks in four workers and here"() {
      const walks = [1, 2, 3, 4].map(async () => {
        const worker = new Worker(new URL(import.meta.url), { workerData: "walk" });
        const errors = [];
        worker.on("message", (found) => errors.push(...found));
        assert.equal(await ended(worker), 0);
        assert.deepEqual(errors, []);
      });
      assert.deepEqual(await walk(addon, libraries), []);
      await Promise.all(walks);
    },

    async "terminated in mid-transfer"() {
      const device = addon.load(libraries).open(0);
      for (const ordinal of [0, 1, 0]) {
        const worker = start({ ordinal, end: "stay" });
        await begun(worker);
        await turn(5);
        await worker.terminate();
        await roundTrip(device);
      }
      assert.equal(standIn.alive().contexts, 1);
      device.dispose();
    },

    async "ended by an uncaught error in mid-transfer"() {
      const worker = start({ ordinal: 0, end: "throw" });
      const failed = new Promise((resolve) => worker.once("error", resolve));
      await begun(worker);
      assert.match((await failed).message, /thrown by the worker/);
      await until(() => Object.keys(standIn.alive()).length === 0);
    },

    async "left with a transfer pending"() {
      const worker = start({ ordinal: 1, end: "leave" });
      await begun(worker);
      assert.equal(await ended(worker), 0);
    },

    async "terminated before and after anything"() {
      for (let i = 0; i < 20; i++) {
        const worker = new Worker(new URL(import.meta.url), { workerData: "walk" });
        worker.on("error", (error) => say({ unexpected: String(error) }));
        await turn(i * 4);
        await worker.terminate();
      }
    },
  });
}

function start(workerData) {
  return new Worker(new URL(import.meta.url), { workerData });
}

function begun(worker) {
  return new Promise((resolve) => worker.once("message", resolve));
}

function ended(worker) {
  return new Promise((resolve) => worker.once("exit", resolve));
}

async function until(holds) {
  for (let i = 0; i < 300 && !holds(); i++) await turn(10);
  assert.ok(holds());
}
