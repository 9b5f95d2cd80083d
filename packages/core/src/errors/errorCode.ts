/** Every code a {@link BatchNormError} can carry, with its meaning. The set is closed. */
export const ERROR_CODES = Object.freeze({
  INVALID_ARGUMENT: "An argument has the wrong type or lies outside its range.",
  INVALID_DESCRIPTOR: "Dims or strides do not describe a tensor.",
  DATA_TYPE_MISMATCH: "Values or a tensor have another data type than the call needs.",
  SHAPE_MISMATCH: "A tensor has other dims or strides than the call needs.",
  LENGTH_MISMATCH: "Host values have another length than the tensor's storage.",
  PARAMETER_SHAPE_CHANGED: "An ops was staged again for other parameter dims; reset it first.",
  NOT_STAGED: "The ops was used before stage.",
  SINGLE_VALUE_PER_CHANNEL: "Training needs more than one value for each statistic.",
  SAVED_STATISTICS_MISMATCH:
    "Saved statistics are absent, or belong to another x or another epsilon.",
  STATISTICS_DISABLED: "The call needs statistics that this ops was told to do without.",
  OVERLAPPING_MEMORY: "An output shares memory with another tensor of the call, or with itself.",
  HANDLER_MISMATCH: "A tensor or saved statistics belong to another handler or ops.",
  HANDLER_FAILED: "The device failed earlier; this handler can no longer be trusted.",
  DISPOSED: "The object was used after its dispose.",
  OUT_OF_MEMORY: "The device has not enough memory for the request.",
  UNSUPPORTED: "The backend declares that it cannot do this.",
  BACKEND_UNAVAILABLE: "The backend asked for cannot run on this machine.",
  BACKEND_FAILURE: "The backend or its device reported a failure.",
  SPECIFICATION_VERSION_MISMATCH: "The backend implements another version of the contract.",
  INFO_INVALID: "A saved layer breaks the rules of its format.",
  INFO_TOO_LONG: "The text of a saved layer is longer than the limit.",
} as const);

/** One of the keys of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
