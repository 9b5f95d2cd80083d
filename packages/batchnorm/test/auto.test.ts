import { BatchNormError } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../../tooling/testing/errors.ts";
import { selectHandler } from "../src/selectHandler.ts";
import { BROKEN, backendOf, candidateOf, fails } from "./support/fakes.ts";

const good = candidateOf("good", () => backendOf("good"));

describe("auto", () => {
  test("takes the first that works, and asks no further", async () => {
    const handler = await selectHandler([good, candidateOf("later", fails("asked"))], {});
    expect(handler.selection).toEqual({ requested: "auto", chosen: "good", refused: [] });
    expect(handler.backendName).toBe("good");
  });

  test("is the default, and can be written out", async () => {
    const handler = await selectHandler([good], { backend: "auto" });
    expect(handler.selection.requested).toBe("auto");
  });

  test.each(BROKEN)("passes over a backend %s, and says why", async (_, load, refusal) => {
    const handler = await selectHandler([candidateOf("broken", load), good], {});
    expect(handler.selection).toEqual({
      requested: "auto",
      chosen: "good",
      refused: [{ backend: "broken", ...refusal }],
    });
  });

  test("passes over a backend of another contract", async () => {
    const old = candidateOf("old", () => backendOf("old", { specificationVersion: 0 }));
    const { selection } = await selectHandler([old, good], {});
    expect(selection.chosen).toBe("good");
    expect(selection.refused[0].found).toContain("expected 1, received 0");
  });

  test("passes over a package that exports no such function, or no backend", async () => {
    const empty = candidateOf("empty", () => (undefined as unknown as () => void)());
    const odd = candidateOf("odd", () => "a string");
    const { selection } = await selectHandler([empty, odd, good], {});
    expect(selection.chosen).toBe("good");
    expect(selection.refused.map(({ found }) => found)).toEqual([
      expect.stringContaining("is not a function"),
      expect.stringContaining("backend: expected an object"),
    ]);
  });

  test("passes over one that throws something that is no error", async () => {
    const load = () => {
      // biome-ignore lint/style/useThrowOnlyError: what a careless backend may do
      throw "just a string";
    };
    const { selection } = await selectHandler([candidateOf("rude", load), good], {});
    expect(selection.refused[0].found).toBe("just a string");
  });

  test("keeps the refused in the order in which they were tried", async () => {
    const broken = BROKEN.map(([, load], index) => candidateOf(`broken${index}`, load));
    const { selection } = await selectHandler([...broken, good], {});
    const names = selection.refused.map(({ backend }) => backend);
    expect(names).toEqual(["broken0", "broken1", "broken2", "broken3"]);
  });

  test("with nothing that works lists everything that was tried, found, and what to do next", async () => {
    const broken = BROKEN.map(([, load], index) => candidateOf(`broken${index}`, load));
    const error = await rejectionOf(selectHandler(broken, {}));
    expect(error.code).toBe("BACKEND_UNAVAILABLE");
    expect(error.message.split("\n")[0]).toBe("createHandler: no backend can be used");
    for (const [index, [, , { tried, found, next }]] of BROKEN.entries()) {
      const nextOfThis = next.replace("broken", `broken${index}`);
      expect(error.message).toContain(
        `broken${index}: tried to ${tried.join(", ")}; found: ${found}; next: ${nextOfThis}`,
      );
    }
    expect(error.details.refused).toHaveLength(BROKEN.length);
  });
});

test("leaves no device open that it did not choose", async () => {
  const opened: string[] = [];
  const watch = (name: string) =>
    candidateOf(name, () => {
      const backend = backendOf(name);
      const openDevice = () => {
        opened.push(name);
        return backend.openDevice();
      };
      return { ...backend, openDevice };
    });
  await selectHandler([watch("first"), watch("second")], {});
  expect(opened).toEqual(["first"]);
});

test("an option that is wrong is the caller's, not a reason to take a lesser backend", async () => {
  let loaded = 0;
  const counted = candidateOf("counted", () => {
    loaded++;
    return backendOf("counted");
  });
  const error = await rejectionOf(selectHandler([counted, good], { maxPlans: 0 }));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.details.argument).toBe("maxPlans");
  expect(loaded).toBe(0);
});

test("a backend's own typed error is a reason like any other", async () => {
  const full = backendOf("full", {
    openDevice: () => Promise.reject(new BatchNormError("OUT_OF_MEMORY", "full: no room left")),
  });
  const { selection } = await selectHandler([candidateOf("full", () => full), good], {});
  expect(selection.refused[0].found).toBe("full: no room left");
});
