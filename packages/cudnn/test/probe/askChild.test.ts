import { expect, test } from "vitest";
import { askChild } from "../../src/probe/askChild.ts";
import { fakeAddon, working } from "../support/fakeAddon.ts";

const ask = (addon: string, patience?: number) =>
  askChild({ addon, driver: "libcuda.so.1", cudnn: ["libcudnn.so.9"], device: 0 }, patience);

test("the child answers with what it found, whatever else is printed", async () => {
  const addon = fakeAddon(`console.log("noise"); process.stdout.write("more"); ${working()}`);
  expect(await ask(addon)).toMatchObject({
    answer: { path: "libcudnn.so.9", deviceCount: 1, facts: { name: "NVIDIA H100 80GB HBM3" } },
  });
});

test("a crash in the driver is an answer, and this process lives", async () => {
  const addon = fakeAddon("process.kill(process.pid, 'SIGSEGV'); for (;;);");
  expect(await ask(addon)).toEqual({ died: "was ended by SIGSEGV" });
});

test("an abort says what was said first", async () => {
  const addon = fakeAddon(
    "require('node:fs').writeSync(2, 'terminate called\\n'); process.abort();",
  );
  expect(await ask(addon)).toEqual({ died: "was ended by SIGABRT: terminate called" });
});

test("a hang ends when patience does", async () => {
  const started = performance.now();
  expect(await ask(fakeAddon("for (;;);"), 1000)).toEqual({
    died: "gave no answer within 1 seconds",
  });
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("an exit inside the driver is an answer", async () => {
  expect(await ask(fakeAddon("process.exit(7);"))).toEqual({ died: "ended with status 7" });
});

test("a device that does not open is an answer", async () => {
  const reply = await ask(fakeAddon(working(1, 'throw new Error("the device is lost");')));
  expect(reply).toMatchObject({ answer: { path: "libcudnn.so.9", error: "the device is lost" } });
});

test("a file that is no addon is an answer", async () => {
  const reply = await ask("/nowhere/batchnorm_cudnn.node");
  expect(reply).toMatchObject({
    answer: { failures: [], error: expect.stringContaining("/nowhere/batchnorm_cudnn.node") },
  });
});

test("the event loop goes on meanwhile", async () => {
  let beats = 0;
  const timer = setInterval(() => beats++, 5);
  await ask(fakeAddon(working()));
  clearInterval(timer);
  expect(beats).toBeGreaterThan(2);
});
