import type { Addon, Libraries } from "../native/addon.js";
import type { NativeError } from "../native/nativeError.js";

/** A library that could not be used, as plain data: it may come from another process. */
export interface LibraryFailure {
  /** Of cuDNN, or of the driver where that is what failed. */
  readonly library: string;
  readonly kind: "no driver" | "no device" | "driver fails" | "cuDNN fails" | "cuDNN too old";
  readonly text: string;
}

/** The first cuDNN that opened, or why none did. */
export interface Opening {
  readonly opened: { readonly libraries: Libraries; readonly path: string } | null;
  readonly failures: readonly LibraryFailure[];
}

/**
 * Opens the driver and the first cuDNN that works. Also run in the child process of `probe`, as text: it
 * may refer to nothing outside itself.
 */
export function openFirst(addon: Addon, driver: string, paths: readonly string[]): Opening {
  const failures: LibraryFailure[] = [];
  for (const cudnn of paths) {
    try {
      const libraries = addon.load({ driver, cudnn });
      if (libraries.cudnnVersion >= 90000) return { opened: { libraries, path: cudnn }, failures };
      const text = `version ${libraries.cudnnVersion}`;
      failures.push({ library: cudnn, kind: "cuDNN too old", text });
    } catch (error) {
      const failure = failureOf(error as NativeError, cudnn);
      failures.push(failure);
      // Another cuDNN cannot help a driver that is not there.
      if (!failure.kind.startsWith("cuDNN")) break;
    }
  }
  return { opened: null, failures };

  function failureOf(error: NativeError, cudnn: string): LibraryFailure {
    const text = error.message;
    if (error.library === driver) return { library: driver, kind: "no driver", text };
    if (String(error.call).startsWith("cu") && !error.call.startsWith("cudnn")) {
      const noDevice = error.statusName === "CUDA_ERROR_NO_DEVICE";
      return { library: driver, kind: noDevice ? "no device" : "driver fails", text };
    }
    const tooOld = error.cudnnVersion > 0 && error.cudnnVersion < 90000;
    return { library: cudnn, kind: tooOld ? "cuDNN too old" : "cuDNN fails", text };
  }
}
