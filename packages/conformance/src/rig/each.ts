import { ConformanceError } from "../compare/conformanceError.js";

/** Runs a check for each variant; a failure says for which. */
export async function forEach<T>(
  variants: readonly T[],
  describe: (variant: T) => string,
  run: (variant: T) => Promise<void>,
): Promise<void> {
  for (const variant of variants) {
    try {
      await run(variant);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new ConformanceError(`${describe(variant)}: ${text}`, { cause });
    }
  }
}
