import { argumentError } from "../errors/argumentError.js";
import type { Handler } from "../handler/handler.js";

/** A usable handler, recognised by shape: copies of this package share handlers. */
export function checkHandler(call: string, handler: unknown): asserts handler is Handler {
  const { checkUsable } = (handler ?? {}) as Partial<Handler>;
  if (typeof checkUsable !== "function") {
    const expected = "a handler (did you await createHandler?)";
    throw argumentError("INVALID_ARGUMENT", {
      call,
      argument: "handler",
      expected,
      received: handler,
    });
  }
  (handler as Handler).checkUsable(call);
}
