import type { NativeError } from "../../src/native/nativeError.ts";

type Fields = Partial<Omit<NativeError, "name">>;

/** An error as the addon makes it. */
export function nativeError(fields: Fields = {}): NativeError {
  const given = {
    call: "cudnnBatchNormalizationBackward",
    status: 5000,
    statusName: "CUDNN_STATUS_EXECUTION_FAILED",
    text: "it says",
    driverVersion: 13000,
    cudnnVersion: 91900,
    ...fields,
  };
  const message = fields.message ?? `${given.call}: ${given.statusName}`;
  return Object.assign(new Error(message), { ...given, name: "NativeError" as const, message });
}

export const refusal = (text = "not here") =>
  nativeError({ status: 3000, statusName: "CUDNN_STATUS_NOT_SUPPORTED", text });
