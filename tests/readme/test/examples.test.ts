import { describe, expect, test } from "vitest";
import { type Example, examplesOf } from "./markdown.ts";
import { run } from "./run.ts";
import { typeErrors } from "./typeCheck.ts";
import { documents, readDocument, readmes } from "./workspace.ts";

const examples = documents.flatMap((document) => examplesOf(document, readDocument(document)));
const errors = typeErrors(examples);
const nameOf = ({ document, line }: Example) => `${document}:${line}`;
const isRun = ({ notRun }: Example) => notRun === null;

test("there are examples, and most of them run", () => {
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.filter(isRun).length).toBeGreaterThan(examples.length / 2);
});

test.each(readmes)("%s has an example that runs", (document) => {
  expect(examples.filter((one) => one.document === document && isRun(one))).not.toEqual([]);
});

describe.each(examples.map((one) => [nameOf(one), one] as const))("%s", (_, example) => {
  test("type-checks", () => {
    expect(errors.get(example)).toEqual([]);
  });

  if (isRun(example)) {
    test("prints what the document says", async () => {
      expect(example.output, "no ```text block follows, and no comment says why").not.toBeNull();
      expect(await run(example)).toBe(example.output);
    });
  } else {
    test("says that it is not run, and shows no output", () => {
      expect(example.output).toBeNull();
    });
  }
});
