import { describe, expect, test } from "vitest";
import { floorViolations, type Package, readPackages, undeclaredImports } from "./floors.ts";

const packages = readPackages();

describe.each(packages.map((one) => [one.name, one] as const))("%s", (_, one) => {
  test("imports only what stands below it", () => {
    expect(floorViolations(one)).toEqual([]);
  });

  test("imports only what its manifest declares", () => {
    expect(undeclaredImports(one)).toEqual([]);
  });
});

test("core imports nothing from outside, and asks for nothing", () => {
  const core = packages.find(({ name }) => name === "@batchnorm/core");
  expect(core?.imports.length).toBeGreaterThan(0);
  expect(core?.imports.filter(({ specifier }) => !specifier.startsWith("."))).toEqual([]);
  expect(core?.dependencies).toEqual([]);
});

describe("the check itself", () => {
  const cpu = (specifier: string, dependencies: string[] = []): Package => ({
    name: "@batchnorm/cpu",
    imports: [{ from: "cpu/src/index.ts", specifier }],
    dependencies,
  });

  test.each([
    ["a neighbour", "@batchnorm/wasm"],
    ["a floor above", "batchnorm"],
    ["a path into a floor above", "@batchnorm/conformance/cases"],
    ["itself by name", "@batchnorm/cpu"],
  ])("finds an import of %s", (_, specifier) => {
    expect(floorViolations(cpu(specifier))).toEqual([`cpu/src/index.ts imports ${specifier}`]);
  });

  test("finds a dependency that points up", () => {
    expect(floorViolations(cpu("@batchnorm/core", ["batchnorm"]))).toEqual([
      "@batchnorm/cpu depends on batchnorm",
    ]);
  });

  test("lets a package import what stands below", () => {
    expect(floorViolations(cpu("@batchnorm/core"))).toEqual([]);
  });

  test("finds a package without a floor", () => {
    const stranger = { name: "@batchnorm/new", imports: [], dependencies: [] };
    expect(floorViolations(stranger)).toEqual(["@batchnorm/new has no floor"]);
  });

  test("finds an import the manifest does not declare", () => {
    expect(undeclaredImports(cpu("left-pad"))).toEqual(["cpu/src/index.ts imports left-pad"]);
    expect(undeclaredImports(cpu("left-pad", ["left-pad"]))).toEqual([]);
  });
});
