// A device that fails for good: everything pending settles, every later call says so, and what was made is freed.
import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();

interface Outcome {
  readonly item: number;
  readonly errors: readonly {
    readonly name: string;
    readonly what: string;
    readonly status?: number;
    readonly sticky?: boolean;
    readonly call?: string;
  }[];
  readonly alive: Record<string, number>;
  readonly misuse: number;
  readonly later: readonly unknown[];
}

const parts = 3;

describe.skipIf(reason !== null).concurrent(`sticky errors${reason ? ` (${reason})` : ""}`, () => {
  test.each([1, 2, 3])("every third item of work, from item %i", async (part) => {
    const ended = await runChild("sticky", { arguments: [`${part}`, `${parts}`] });
    expect(ended, ended.stderr).toMatchObject({ code: 0, signal: null });
    const outcomes = (ended.said as Outcome[]).filter((one) => "errors" in one);
    const { items } = ended.said[0] as { items: number };
    expect(items).toBeGreaterThan(50);
    expect(outcomes.length).toBe(Math.floor((items - part) / parts) + 1);
    for (const { item, errors, ...after } of outcomes) {
      expect(after, `item ${item}: ${ended.lastMisuse}`).toMatchObject({
        alive: {},
        misuse: 0,
        later: [],
      });
      expect(errors.length, `item ${item}`).toBeGreaterThan(0);
      for (const error of errors) {
        expect(error.name, error.what).toBe("NativeError");
        // cuDNN has its own word for it.
        if (error.call?.startsWith("cudnn")) expect(error.status).toBe(5000);
        else expect(error, error.what).toMatchObject({ status: 700, sticky: true });
      }
    }
  });
});
