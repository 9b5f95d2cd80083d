// node embedKernels.mjs --table images.cpp --images images.S report.json…: writes the compiled kernels as data
// (images.S) and the table that finds them by name (images.cpp, for src/kernels/images.h).
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { table: { type: "string" }, images: { type: "string" } },
  allowPositionals: true,
});
const parts = positionals.map((file) => ({
  ...JSON.parse(readFileSync(file, "utf8")),
  fatbin: file.replace(/json$/, "fatbin"),
}));
const symbol = (index) => `batchnorm_kernels_${index}`;

const data = parts.flatMap(({ fatbin }, index) => [
  ".balign 16",
  `.globl ${symbol(index)}`,
  `.hidden ${symbol(index)}`,
  `${symbol(index)}:`,
  `.incbin "${fatbin}"`,
]);
const notes = '.section .note.GNU-stack,"",%progbits';
writeFileSync(values.images, `${[".section .rodata", ...data, notes].join("\n")}\n`);

const declared = parts.map((_, index) => `extern "C" const unsigned char ${symbol(index)}[];`);
const images = parts.map(({ source }, index) => `    {"${source}", ${symbol(index)}},`);
const kernels = parts.flatMap(({ kernels }, index) =>
  [...new Set(kernels.map(({ name }) => name))].map((name) => `    {"${name}", ${index}},`),
);
writeFileSync(
  values.table,
  `// Made by scripts/embedKernels.mjs.
#include "images.h"

${declared.join("\n")}

namespace batchnorm::kernels {

static constexpr Image images[] = {
${images.join("\n")}
};
static constexpr Kernel kernels[] = {
${kernels.join("\n")}
};

const Embedded& embedded() noexcept {
  static const Embedded all{nullptr, images, kernels};
  return all;
}

}  // namespace batchnorm::kernels
`,
);
