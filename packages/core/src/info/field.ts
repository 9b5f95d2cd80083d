import { describeValue } from "../errors/argumentError.js";
import { BatchNormError } from "../errors/batchNormError.js";

/** One value of a saved layer, with the names a refusal needs. */
export interface Field {
  readonly call: string;
  /** Such as `Dims[1]` or `batchnorm.saved.epsilon`. */
  readonly path: string;
  readonly value: unknown;
}

/** A field whose value is an object, whose properties are fields in turn. */
export interface ObjectField extends Field {
  readonly value: object;
  /** What stands before a key in the path of a property. */
  readonly prefix: string;
}

/** An own property, read once; `undefined` if there is none. Inherited ones are no part of a saved layer. */
export function fieldOf(parent: ObjectField, key: string): Field {
  const field = { call: parent.call, path: `${parent.prefix}${key}`, value: undefined };
  return readGuarded(field, () => {
    const value = Object.hasOwn(parent.value, key)
      ? (parent.value as Readonly<Record<string, unknown>>)[key]
      : undefined;
    return { ...field, value };
  });
}

/** What runs getters and proxies of the caller's may throw anything: it becomes `INFO_INVALID`. */
export function readGuarded<T>(field: Field, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refuse(field, "a readable value", { receivedText: "one that throws", cause });
  }
}

export interface RefusalDetails {
  /** Says what came where the value alone would not. */
  readonly receivedText?: string;
  readonly cause?: unknown;
}

/** `INFO_INVALID`, naming call, key, what was expected and what came. */
export function refuse(
  field: Field,
  expected: string,
  { receivedText = describeSafely(field.value), cause }: RefusalDetails = {},
): BatchNormError {
  const { call, path: argument } = field;
  const message = `${call}: ${argument}: expected ${expected}, received ${receivedText}`;
  const details = { call, argument, expected, received: receivedText };
  return new BatchNormError("INFO_INVALID", message, { details, cause });
}

function describeSafely(value: unknown): string {
  if (value === undefined) return "nothing";
  try {
    return describeValue(value);
  } catch {
    return "an unreadable object";
  }
}
