// The checks of the documents, checked: each finds the fault it is there for.
import { describe, expect, test } from "vitest";
import { examplesOf, headingsOf, linkedFiles, sectionOf } from "./markdown.ts";
import { run } from "./run.ts";
import { typeErrors } from "./typeCheck.ts";

const one = (code: string, output = "") =>
  examplesOf("a.md", `# A\n\n\`\`\`ts\n${code}\n\`\`\`\n\n\`\`\`text\n${output}\n\`\`\`\n`)[0];

describe("examples", () => {
  test("are found with their line, code and output", () => {
    expect(one("f();", "1")).toEqual({
      document: "a.md",
      line: 3,
      code: "f();\n",
      output: "1\n",
      notRun: null,
    });
  });

  test("have no output where prose stands between", () => {
    const text = "```ts\nf();\n```\n\nand\n\n```text\n1\n```\n";
    expect(examplesOf("a.md", text)[0].output).toBeNull();
  });

  test("are not run where a comment says why", () => {
    const text = "<!-- not run: needs a browser -->\n\n```ts\nf();\n```\n";
    expect(examplesOf("a.md", text)[0].notRun).toBe("needs a browser");
    expect(examplesOf("a.md", text.replace(": needs a browser", ":"))[0].notRun).toBeNull();
  });

  test.each(["js", "typescript", "tsx"])("in a fence of %s are refused", (language) => {
    expect(() => examplesOf("a.md", `\`\`\`${language}\nf();\n\`\`\`\n`)).toThrow("a.md:1");
  });

  test("in a fence that is never closed are refused", () => {
    expect(() => examplesOf("a.md", "```ts\nf();\n")).toThrow("never closed");
  });
});

describe("the type check", () => {
  const errorsOf = (code: string) => [...typeErrors([one(code)]).values()][0];

  test("knows the packages of the workspace", () => {
    expect(errorsOf('import { createHandler } from "batchnorm";\nawait createHandler();')).toEqual(
      [],
    );
  });

  test("finds a name that a package lacks, and its line", () => {
    const errors = errorsOf('\nimport { createHandlers } from "batchnorm";');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^a\.md:5: .*createHandlers/);
  });

  test("finds a wrong type", () => {
    expect(errorsOf('const n: number = "1";\nconsole.log(n);')).toHaveLength(1);
  });

  test("finds a package that does not exist", () => {
    expect(errorsOf('import "@batchnorm/nowhere";\nimport { x } from "nowhere";')).not.toEqual([]);
  });
});

describe("running", () => {
  test("gives what was printed", async () => {
    const code = 'import { ERROR_CODES } from "@batchnorm/core";\nconsole.log(typeof ERROR_CODES);';
    expect(await run(one(code))).toBe("object\n");
  });

  test.each([
    ["throws", 'throw new Error("no");'],
    ["ends badly", "process.exit(3);"],
    ["complains", 'console.error("no");'],
    ["does not parse", "const = 1;"],
  ])("fails where the example %s", async (_, code) => {
    await expect(run(one(code))).rejects.toThrow();
  });
});

test("headings and sections are found by level", () => {
  const text = "# A\n\n## B\n\nb\n\n### C\n\n## D\n\nd\n";
  expect(headingsOf(text, 2)).toEqual(["B", "D"]);
  expect(sectionOf(text, 2, "B")).toContain("b");
  expect(sectionOf(text, 2, "B")).not.toContain("d\n");
  expect(sectionOf(text, 2, "E")).toBe("");
});

test("links to files are found, those to pages and within code are not", () => {
  const text = "[a](a.md) [b](b.md#c) [d](#d) [e](https://e.org)\n\n```text\n[f](f.md)\n```\n";
  expect(linkedFiles(text)).toEqual(["a.md", "b.md"]);
});
