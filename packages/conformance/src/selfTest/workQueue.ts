import { BatchNormError, isBatchNormError } from "@batchnorm/core";

/** Turns of the event loop's microtasks before each job, so that nothing is done when a call returns. */
const TURNS = 3;

/** Runs jobs one after the other, each only after the caller has returned. */
export class WorkQueue {
  #failure: BatchNormError | null = null;
  #jobsDone = 0;
  #tail: Promise<void> = Promise.resolve();

  /** The first job that failed; later ones do not run. */
  get failure(): BatchNormError | null {
    return this.#failure;
  }

  get jobsDone(): number {
    return this.#jobsDone;
  }

  /** Rejects with what failed, in this job or one before. */
  run<T>(job: () => T | Promise<T>): Promise<T> {
    const done = this.#tail.then(async () => {
      await turns(TURNS);
      if (this.#failure !== null) throw this.#failure;
      return job();
    });
    this.#tail = done.then(
      () => {
        this.#jobsDone++;
      },
      (error) => {
        this.#failure ??= asFailure(error);
      },
    );
    return done;
  }

  /** As `run`, for calls that return nothing: a failure shows in the next `run`. */
  enqueue(job: () => void | Promise<void>): void {
    this.run(job).catch(() => {});
  }
}

export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await undefined;
}

function asFailure(error: unknown): BatchNormError {
  if (isBatchNormError(error)) return error;
  return new BatchNormError("BACKEND_FAILURE", String(error), { cause: error });
}
