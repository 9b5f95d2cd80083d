/** What the user typed cannot be meant: the program ends with status 2 and this message alone. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
