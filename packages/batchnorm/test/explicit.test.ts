import { BatchNormError } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../../tooling/testing/errors.ts";
import { createHandler, preStageSpatial } from "../src/index.ts";
import { selectHandler } from "../src/selectHandler.ts";
import { BROKEN, backendOf, candidateOf, unavailable } from "./support/fakes.ts";

const select = (candidates: Parameters<typeof selectHandler>[0], backend: unknown) =>
  selectHandler(candidates, { backend } as never);

describe("a shorthand", () => {
  test("opens that backend though a better one stands before it", async () => {
    const candidates = ["best", "asked"].map((name) => candidateOf(name, () => backendOf(name)));
    const { selection } = await select(candidates, "asked");
    expect(selection).toEqual({ requested: "asked", chosen: "asked", refused: [] });
  });

  test.each(BROKEN)(
    "for a backend %s is refused, and none other is taken",
    async (_, load, facts) => {
      const candidates = [
        candidateOf("broken", load),
        candidateOf("good", () => backendOf("good")),
      ];
      const error = await rejectionOf(select(candidates, "broken"));
      const { tried, found, next } = facts;
      expect(error.code).toBe("BACKEND_UNAVAILABLE");
      expect(error.message).toBe(
        'createHandler: backend "broken" cannot be used\n' +
          `  broken: tried to ${tried.join(", ")}; found: ${found}; next: ${next}`,
      );
      expect(error.details).toEqual({
        call: "createHandler",
        refused: [{ backend: "broken", ...facts }],
      });
    },
  );

  test("that failed keeps the error as its cause", async () => {
    const cause = new Error("device busy");
    const backend = backendOf("busy", { openDevice: () => Promise.reject(cause) });
    const error = await rejectionOf(select([candidateOf("busy", () => backend)], "busy"));
    expect(error.cause).toBe(cause);
  });

  test("nobody knows is refused with the known ones", async () => {
    const candidates = ["one", "two"].map((name) => candidateOf(name, () => backendOf(name)));
    const error = await rejectionOf(select(candidates, "Two"));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toBe(
      'createHandler: backend: expected one of "auto", "one", "two", received "Two"',
    );
  });
});

describe("a backend object", () => {
  test("is opened under its own name", async () => {
    const handler = await createHandler({ backend: backendOf("mine") });
    expect(handler.selection).toEqual({ requested: "mine", chosen: "mine", refused: [] });
  });

  test("may be an instance of a class", async () => {
    class Mine {
      readonly specificationVersion = 1;
      readonly name = "mine";
      readonly #inner = backendOf("inner");
      probe() {
        return this.#inner.probe();
      }
      openDevice() {
        return this.#inner.openDevice();
      }
    }
    expect((await createHandler({ backend: new Mine() })).backendName).toBe("mine");
  });

  test("that is not available says what it tried, found, and what to do next", async () => {
    const backend = backendOf("mine", { probe: async () => unavailable });
    const error = await rejectionOf(createHandler({ backend }));
    expect(error.code).toBe("BACKEND_UNAVAILABLE");
    for (const fact of [...unavailable.tried, unavailable.found, unavailable.next]) {
      expect(error.message).toContain(fact);
    }
  });

  test.each([[0], [2], ["1"], [undefined]])(
    "of specification version %o is refused before anything of it is called",
    async (specificationVersion) => {
      let called = false;
      const touch = async () => {
        called = true;
        return unavailable;
      };
      const backend = backendOf("old", { specificationVersion, probe: touch, openDevice: touch });
      const error = await rejectionOf(createHandler({ backend }));
      expect(error.code).toBe("SPECIFICATION_VERSION_MISMATCH");
      expect(error.message).toContain('"old"');
      expect(called).toBe(false);
    },
  );

  test.each(["probe", "openDevice"])("without %s is refused, naming it", async (member) => {
    const error = await rejectionOf(createHandler({ backend: backendOf("mine", { [member]: 1 }) }));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.details.argument).toBe(`backend.${member}`);
  });

  test("rejects with the backend's own typed error as it is", async () => {
    const own = new BatchNormError("OUT_OF_MEMORY", "mine: no room left");
    const backend = backendOf("mine", { openDevice: () => Promise.reject(own) });
    await expect(createHandler({ backend })).rejects.toBe(own);
  });
});

describe("options", () => {
  test.each([
    ["a misspelt key", { Backend: "cpu" }, "options"],
    ["a key of another library", { device: 0 }, "options"],
    ["null", null, "options"],
    ["an array", ["cpu"], "options"],
    ["a string", "cpu", "options"],
    ["a backend that is null", { backend: null }, "backend"],
    ["a backend that is a number", { backend: 0 }, "backend"],
    ["a backend that is the function of its package", { backend: () => backendOf("x") }, "backend"],
    ["a backend that is a promise", { backend: Promise.resolve(backendOf("x")) }, "backend"],
    ["an empty name", { backend: "" }, "backend"],
    ["a name with a typo", { backend: "cuda" }, "backend"],
    ["a name every object inherits", { backend: "toString" }, "backend"],
    ["maxPlans that is no number", { backend: "cpu", maxPlans: "256" }, "maxPlans"],
    ["maxPlans that is 0", { backend: "cpu", maxPlans: 0 }, "maxPlans"],
  ])("%s: refused, naming it", async (_, options, argument) => {
    const error = await rejectionOf(createHandler(options as never));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.details).toMatchObject({ call: "createHandler", argument });
    expect(error.message).toMatch(/^createHandler: .*: expected .*, received /);
  });

  test("maxPlans reaches the handler", async () => {
    let live = 0;
    const { capabilities, description } = await backendOf("inner").openDevice();
    const device = {
      capabilities,
      description,
      failure: null,
      createPlan() {
        live++;
        return { description: "", dispose: () => live-- };
      },
    };
    const backend = backendOf("mine", { openDevice: async () => device });
    const handler = await createHandler({ backend, maxPlans: 2 });
    const without = { runningStatistics: false, savedStatistics: false };
    for (let batch = 1; batch < 6; batch++) {
      const spec = { dataType: "float32", format: "NCHW", dims: [batch, 1] } as const;
      preStageSpatial(handler, without).stage(spec);
    }
    expect(live).toBe(2);
  });
});
