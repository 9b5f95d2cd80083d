import { type BatchNormError, type ErrorCode, isBatchNormError } from "@batchnorm/core";
import { ConformanceError, check } from "./conformanceError.js";
import { expectUnchanged, type NamedTensors, snapshot } from "./snapshot.js";

/** The call fails with this code, at once or by rejection. */
export async function expectError(code: ErrorCode, call: () => unknown): Promise<BatchNormError> {
  let returned: unknown;
  try {
    returned = await call();
  } catch (error) {
    if (isBatchNormError(error, code)) {
      expectNamesCall(error);
      return error;
    }
    const text = isBatchNormError(error) ? `${error.code} (${error.message})` : String(error);
    throw new ConformanceError(`expected the error ${code}, got ${text}`, { cause: error });
  }
  throw new ConformanceError(`expected the error ${code}, but the call returned ${returned}`);
}

/**
 * The call fails with this code, and afterwards every tensor holds, to the bit, what it held before.
 * Give all tensors of the call, the statistics of its ops included.
 */
export async function expectRefusal(
  code: ErrorCode,
  tensors: NamedTensors,
  call: () => unknown,
): Promise<void> {
  const before = await snapshot(tensors);
  await expectError(code, call);
  await expectUnchanged(tensors, before);
}

/** A message begins with the call that was refused; a device's own errors do not know it. */
function expectNamesCall({ code, message, details: { call } }: BatchNormError): void {
  const named = code === "OUT_OF_MEMORY" || (typeof call === "string" && message.startsWith(call));
  check(
    named && message !== "",
    `${code}: the message does not begin with details.call: ${message}`,
  );
}
