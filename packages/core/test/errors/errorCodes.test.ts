import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../src/errors/errorCode.ts";

const packages = fileURLToPath(new URL("../../../", import.meta.url));

const codes = Object.keys(ERROR_CODES);
const sources = readdirSync(packages).flatMap((folder) =>
  sourcesUnder(join(packages, folder, "src")),
);
const thrown = new Set(sources.flatMap((path) => stringsIn(path)));

test("there are sources to search", () => {
  expect(sources.length).toBeGreaterThan(30);
});

test.each(codes)("%s is thrown somewhere", (code) => {
  expect(thrown).toContain(code);
});

function sourcesUnder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => join(folder, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** String literals in expressions: the code as it is made, not as a type or in a comment. */
function stringsIn(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && !ts.isLiteralTypeNode(node.parent)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
