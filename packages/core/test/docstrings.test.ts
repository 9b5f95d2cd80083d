import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));

const program = ts.createProgram([entry], {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
  types: [],
  noEmit: true,
});
const checker = program.getTypeChecker();

function exportsOf(path: string): ts.Symbol[] {
  const file = program.getSourceFile(path);
  const module = file && checker.getSymbolAtLocation(file);
  return module === undefined ? [] : checker.getExportsOfModule(module);
}

function resolved(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

const docOf = (symbol: ts.Symbol) =>
  ts.displayPartsToString(resolved(symbol).getDocumentationComment(checker)).trim();

const publicExports = exportsOf(entry);

test("the whole surface was found", () => {
  const names = publicExports.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(60);
  expect(names).toEqual(expect.arrayContaining(["Ops", "Tensor", "createTensorDescriptor"]));
});

describe("every public export has a docstring", () => {
  test.each(publicExports.map((symbol) => [symbol.name, symbol] as const))("%s", (_, symbol) => {
    expect(docOf(symbol)).not.toBe("");
  });
});
