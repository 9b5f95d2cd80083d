// Bytes arrive whole, in order, and from nowhere else, however slow or fast the device is.
import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();

const names = [
  "fresh memory is zero",
  "write and read",
  "initialize has copied when it returns",
  "views into larger buffers",
  "each at its place among the others",
  "a thousand small ones at once",
  "more at once than there is staging memory for",
  "a target that goes away",
  "arrays that are held only by the transfer",
  "promises settle in the order of the calls",
];

describe.skipIf(reason !== null).concurrent(`transfers${reason ? ` (${reason})` : ""}`, () => {
  describe.each(["", "slow=300", "synchronous=1", "pools=0", "memoryOperations=0"])(
    "%s",
    (orders) => {
      test.each(names)("%s", async (name) => {
        const ended = await runChild("transfers", {
          arguments: [name],
          nodeOptions: ["--expose-gc"],
          orders,
        });
        expectClean(ended);
        expect(ended.said).toContainEqual({ done: true });
      });
    },
  );

  test("after one that could not be enqueued", async () => {
    const name = "after one that could not be enqueued";
    const ended = await runChild("transfers", { arguments: [name] });
    expectClean(ended);
    expect(ended.said).toContainEqual({ done: true });
  });
});
