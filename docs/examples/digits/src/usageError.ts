/** Something about how the program was called: its message alone says what to change. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
