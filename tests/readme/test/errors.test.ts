import { ERROR_CODES, type ErrorCode } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { fencesOf, headingsOf, sectionOf } from "./markdown.ts";
import { provoke } from "./provoke.ts";
import { readDocument } from "./workspace.ts";

const text = readDocument("docs/errors.md");
const codes = Object.keys(ERROR_CODES) as ErrorCode[];

test("every code has an entry, in the order of the code, and no entry lacks a code", () => {
  expect(headingsOf(text, 2)).toEqual(codes);
});

describe.each(codes)("the entry of %s", (code) => {
  const section = sectionOf(text, 2, code);

  test("says what it means, in core's words", () => {
    expect(section.replaceAll("\n", " ")).toContain(ERROR_CODES[code]);
  });

  test("names a cause and a cure", () => {
    expect(section).toMatch(/\n- \*\*Cause:\*\* \S/);
    expect(section).toMatch(/\n- \*\*Cure:\*\* \S/);
  });

  test("shows the message of an error that was really thrown", async () => {
    const error = await provoke[code]().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "BatchNormError", code });
    const [shown] = fencesOf(section).filter(({ language }) => language === "text");
    expect(shown?.text).toBe(`${(error as Error).message}\n`);
  });
});
