// Nothing is left behind, whoever goes first.
import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();

const slow = "slow=500";

describe.skipIf(reason !== null).concurrent(`lifetimes${reason ? ` (${reason})` : ""}`, () => {
  test.each([
    { name: "memory, plan, device" },
    { name: "device, plan, memory" },
    { name: "each of them twice" },
    { name: "use after dispose of memory and plan" },
    { name: "use after dispose of the device" },
    { name: "memory disposed while work that uses it is queued" },
    { name: "memory disposed while work that uses it is queued", orders: slow },
    { name: "memory disposed while work that uses it is queued", orders: "pools=0" },
    { name: "a device opened while a transfer of another is under way" },
    { name: "a device opened while a transfer of another is under way", orders: slow },
    { name: "dispose settles what is pending" },
    { name: "dispose settles what is pending", orders: slow },
    { name: "a forgotten device" },
    { name: "a forgotten device with work pending", orders: slow },
    { name: "forgotten memory and plans" },
    { name: "left undisposed at the end" },
  ])("$name $orders", async ({ name, orders }) => {
    const ended = await runChild("lifetimes", {
      arguments: [name],
      nodeOptions: ["--expose-gc"],
      orders: orders ?? "",
    });
    expectClean(ended);
    expect(ended.said).toContainEqual({ done: true });
  });

  // 6.4 GB pass through a device of 1 GB without a call of gc().
  test("forgotten memory is collected before the device is full", async () => {
    const name = "forgotten memory is collected before the device is full";
    const ended = await runChild("lifetimes", { arguments: [name], orders: "memory=1073741824" });
    expectClean(ended);
    expect(ended.said).toContainEqual({ done: true });
  });

  test("a process with a transfer pending lives until it is settled", async () => {
    const name = "left with work pending, and nothing else to do";
    const ended = await runChild("lifetimes", { arguments: [name], orders: slow });
    expectClean(ended);
    expect(ended.said).toEqual([{ done: true }, { settled: true }]);
  });

  // Node itself frees nothing here: the system does. It must only not crash.
  test("process.exit with a transfer pending ends the process at once", async () => {
    const name = "left with work pending, and process.exit";
    const ended = await runChild("lifetimes", { arguments: [name], orders: slow });
    expect(ended, ended.stderr).toMatchObject({ code: 0, signal: null, counts: { misuse: 0 } });
    expect(ended.said).toEqual([{ done: true }]);
  });

  test("an uncaught error ends the process as it should", async () => {
    const name = "left with work pending by an uncaught error";
    const ended = await runChild("lifetimes", { arguments: [name], orders: slow });
    expect(ended).toMatchObject({ code: 1, signal: null });
    expect(ended.stderr).toContain("thrown by the test");
    expect(ended).toMatchObject({ alive: {}, counts: { misuse: 0 } });
  });
});
