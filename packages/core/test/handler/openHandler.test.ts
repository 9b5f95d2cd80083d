import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/contract/backend.ts";
import { type HandlerOptions, openHandler } from "../../src/handler/handler.ts";
import { disposeSymbol } from "../../src/vocabulary/dispose.ts";
import { rejectionOf } from "../support/errors.ts";
import { FakeDevice, fakeBackend } from "../support/fakeDevice.ts";

const open = (backend: unknown, options?: unknown) =>
  openHandler(backend as Backend, options as HandlerOptions);

test("opens the device and shows what it declares", async () => {
  const device = new FakeDevice();
  const handler = await openHandler(fakeBackend(device));
  expect(handler.backendName).toBe("fake");
  expect(handler.capabilities).toBe(device.capabilities);
  expect(handler.deviceDescription).toBe(device.description);
  expect(handler.selection).toEqual({ requested: "fake", chosen: "fake", refused: [] });
  expect(handler.disposed).toBe(false);
});

test("keeps the selection it is given", async () => {
  const selection = { requested: "auto", chosen: "fake", refused: [] };
  const handler = await openHandler(fakeBackend(new FakeDevice()), {}, selection);
  expect(handler.selection).toEqual(selection);
});

test("a backend may be an instance of a class", async () => {
  class Classy {
    readonly specificationVersion = 1;
    readonly name = "classy";
    readonly #device = new FakeDevice();
    async probe() {
      return { available: true, found: "a class" } as const;
    }
    async openDevice() {
      return this.#device;
    }
  }
  expect((await openHandler(new Classy())).backendName).toBe("classy");
});

describe("refuses", () => {
  test.each([[undefined], [0], [2], ["1"], [1n], [null]])(
    "a backend of specification version %o, without opening it",
    async (specificationVersion) => {
      let opened = false;
      const openDevice = async () => {
        opened = true;
        return new FakeDevice();
      };
      const backend = { ...fakeBackend(new FakeDevice()), specificationVersion, openDevice };
      const error = await rejectionOf(open(backend));
      expect(error.code).toBe("SPECIFICATION_VERSION_MISMATCH");
      expect(error.message).toContain('specificationVersion of backend "fake": expected 1');
      expect(opened).toBe(false);
    },
  );

  test.each([[undefined], [null], ["cpu"], [42], [[]], [() => fakeBackend(new FakeDevice())]])(
    "%o in place of a backend",
    async (backend) => {
      const error = await rejectionOf(open(backend));
      expect(error.code).toBe("INVALID_ARGUMENT");
      expect(error.details).toMatchObject({ call: "openHandler", argument: "backend" });
    },
  );

  test.each(["probe", "openDevice"])("a backend without %s", async (member) => {
    const backend = { ...fakeBackend(new FakeDevice()), [member]: true };
    const error = await rejectionOf(open(backend));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain(`backend.${member}: expected a function, received true`);
  });

  test.each([
    ["an unknown key", { maxPlan: 3 }],
    ["null", null],
    ["an array", [256]],
    ["a number", 256],
  ])("options: %s", async (_, options) => {
    const error = await rejectionOf(open(fakeBackend(new FakeDevice()), options));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.details.argument).toBe("options");
  });

  test.each([[0], [-1], [1.5], ["256"], [null], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    "maxPlans %o",
    async (maxPlans) => {
      const error = await rejectionOf(open(fakeBackend(new FakeDevice()), { maxPlans }));
      expect(error.message).toContain("maxPlans: expected a positive integer");
    },
  );
});

test("what openDevice rejects with comes through as it is", async () => {
  const reason = new Error("no device");
  const backend = { ...fakeBackend(new FakeDevice()), openDevice: () => Promise.reject(reason) };
  await expect(open(backend)).rejects.toBe(reason);
});

test("Symbol.dispose ends the connection", async () => {
  const device = new FakeDevice();
  const handler = await openHandler(fakeBackend(device));
  handler[disposeSymbol]();
  expect(handler.disposed).toBe(true);
  expect(device.disposals).toBe(1);
});
