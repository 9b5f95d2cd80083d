import { afterEach, expect, test } from "vitest";
import { Child } from "../../src/protocol/child.ts";

let child: Child | null = null;
afterEach(() => child?.close());

/** A participant whose answer to each message is what `program` writes. */
function childOf(program: string): Child {
  const loop = `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const message = JSON.parse(line);
    ${program}
  });`;
  child = new Child({ command: process.execPath, args: ["-e", loop] });
  return child;
}

test("answers come back by message, greetings in between do not matter", async () => {
  const echo = childOf(
    `console.log("hello"); console.log(JSON.stringify({ id: message.id, value: message.do }));`,
  );
  expect(await echo.request({ do: "describe" })).toBe("describe");
  expect(await echo.request({ do: "unload" })).toBe("unload");
});

test("an error is a rejection with its words", async () => {
  const refusing = childOf(`console.log(JSON.stringify({ id: message.id, error: "cannot" }));`);
  await expect(refusing.request({ do: "describe" })).rejects.toThrow("cannot");
});

test("a death rejects this message and all later ones, with the last complaint", async () => {
  const dying = childOf(`console.error("out of luck"); setTimeout(() => process.exit(3), 50);`);
  await expect(dying.request({ do: "describe" })).rejects.toThrow("ended with 3: out of luck");
  await expect(dying.request({ do: "describe" })).rejects.toThrow("ended with 3");
});

test("a program that is not there rejects", async () => {
  child = new Child({ command: "no-such-program-at-all", args: [] });
  await expect(child.request({ do: "describe" })).rejects.toThrow("ENOENT");
});
