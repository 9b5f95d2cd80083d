import type { DeviceTiming } from "../contract/deviceTiming.js";
import { argumentError, describeValue } from "../errors/argumentError.js";
import type { Handler } from "./handler.js";

const CALL = "Handler.timing.measure";

/** The clock of a handler's device. */
export class HandlerTiming {
  readonly #handler: Handler;
  readonly #device: DeviceTiming;
  #measuring = false;

  /** @internal Use `Handler.timing`. */
  constructor(handler: Handler, device: DeviceTiming) {
    this.#handler = handler;
    this.#device = device;
  }

  /**
   * Milliseconds that the device takes for what `work` enqueues before it returns or first awaits,
   * from the start of the first to the end of the last. `work` is called once, at once.
   * @throws BatchNormError (as rejection) `INVALID_ARGUMENT`, `DISPOSED`, `HANDLER_FAILED`, or what
   * `work` throws
   */
  async measure(work: () => void): Promise<number> {
    this.#handler.checkUsable(CALL);
    if (typeof work !== "function") throw refusal("a function", work);
    if (this.#measuring) throw refusal("a measurement outside another", work, "one inside it");
    this.#measuring = true;
    let measured: Promise<number>;
    try {
      measured = this.#device.measure(work);
    } finally {
      this.#measuring = false;
    }
    const milliseconds = await measured;
    this.#handler.checkHealthy(CALL);
    return milliseconds;
  }
}

function refusal(expected: string, received: unknown, receivedText = describeValue(received)) {
  const facts = { call: CALL, argument: "work", expected, received, receivedText };
  return argumentError("INVALID_ARGUMENT", facts);
}
