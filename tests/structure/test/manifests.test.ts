import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { publicPackages } from "../../../tooling/packages.mjs";

/** An exports map without the condition that leads to the sources inside the workspace. */
function published(exports: object): unknown {
  const strip = ([key, value]: [string, unknown]) =>
    typeof value === "string" ? [key, value] : [key, published(value as object)];
  const kept = Object.entries(exports).filter(([key]) => key !== "@batchnorm/source");
  return Object.fromEntries(kept.map(strip));
}

describe.each(publicPackages())("the manifest of $manifest.name", ({ directory, manifest }) => {
  test("publishes the exports it has, without the way to the sources", () => {
    expect(manifest.publishConfig.exports).toEqual(published(manifest.exports));
  });

  test("is open, free of side effects, and says which Node it needs", () => {
    expect(manifest).toMatchObject({
      license: "Apache-2.0",
      type: "module",
      sideEffects: false,
      engines: { node: ">=20" },
      publishConfig: { access: "public" },
    });
    expect(manifest.description).toMatch(/\.$/);
  });

  test("leads inside the workspace to sources that exist", () => {
    const source = manifest.exports["."]["@batchnorm/source"];
    const files: string[] = typeof source === "string" ? [source] : Object.values(source);
    expect(files.filter((file) => !existsSync(join(directory, file)))).toEqual([]);
  });
});
