import { checkOptions } from "../errors/check.js";
import { base64Length } from "./base64.js";
import { writeBase64Buffer } from "./buffers.js";
import type { Info } from "./info.js";
import { checkLength, readMaxLength } from "./maxLength.js";
import { validateInfo } from "./validateInfo.js";
import { toWire } from "./wire.js";

/** Options of {@link stringifyInfo}. */
export interface StringifyInfoOptions {
  /** Characters of text; a longer one is refused before it is made. Default: 64 Mi (67 108 864). */
  readonly maxLength?: number | undefined;
}

const CALL = "stringifyInfo";

/**
 * The JSON text of a saved layer, compact, keys in the order of the Go package gocunets. Without
 * `extension` it is the text Go would write, to the byte. With it one more key follows, `batchnorm`,
 * which Go ignores: the extension, key for key, its buffers in base64 too.
 *
 * @throws BatchNormError `INFO_INVALID`, naming the property; `INFO_TOO_LONG`; `INVALID_ARGUMENT`
 * where `info` is no object or `options` has the wrong type
 */
export function stringifyInfo(info: Info, options: StringifyInfoOptions = {}): string {
  const maxLength = readMaxLength(CALL, checkOptions(CALL, options, ["maxLength"]).maxLength);
  const checked = validateInfo(info, CALL);
  checkLength(CALL, "info", lengthOf(checked), maxLength);
  return JSON.stringify(toWire(checked, writeBase64Buffer));
}

/** Length of the text to come, without encoding the buffers. */
function lengthOf(info: Info): number {
  let base64Characters = 0;
  const frame = JSON.stringify(
    toWire(info, (values) => {
      base64Characters += base64Length(values.byteLength);
      return "";
    }),
  );
  return frame.length + base64Characters;
}
