import { defineProject } from "vitest/config";

const conditions = ["@batchnorm/source"];

/** Vitest settings of one package: workspace imports resolve to sources, so no build is needed first. */
export function project(name: string) {
  return defineProject({
    resolve: { conditions: [...conditions, "module", "node"] },
    ssr: { resolve: { conditions: [...conditions, "module", "node"] } },
    test: { name, include: ["test/**/*.test.ts"] },
  });
}
