/** A backend does not do what the contract says. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
}

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceError(message);
}
