import type { BenchCase } from "../cases/benchCase.ts";
import type { Operation } from "../operations.ts";
import type { Role } from "../participants/participant.ts";
import type { Machine } from "./machine.ts";

/** One participant on one operation. Times are microseconds of one call. */
export type Outcome =
  | {
      readonly status: "timed";
      readonly median: number;
      readonly minimum: number;
      /** Distance of the quartiles as a part of the median. */
      readonly spread: number;
      readonly samples: number;
      readonly iterations: number;
    }
  | { readonly status: "missing" | "wrong" | "failed"; readonly reason: string };

export interface OperationResult {
  readonly operation: Operation;
  /** What the least traffic of the operation takes at the rate of the best plain copy; null: unmeasured. */
  readonly copyMicroseconds: number | null;
  /** By name of the backend or peer. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
}

export interface CaseResult extends BenchCase {
  /** By name of the copy. */
  readonly copies: Readonly<Record<string, Outcome>>;
  readonly operations: readonly OperationResult[];
}

export type ParticipantInfo =
  | {
      readonly name: string;
      readonly role: Role;
      readonly version: string;
      readonly threads: number | null;
      readonly note: string;
    }
  | {
      readonly name: string;
      readonly role: Role;
      readonly absent: string;
      readonly install: string;
    };

/** The cost of a call where there is next to nothing to compute. */
export interface Overhead {
  readonly participant: string;
  readonly calls: number;
  readonly microsecondsPerCall: number;
  /** null: not JavaScript of this project, or not measured. */
  readonly heapBytesPerCall: number | null;
}

export interface BenchResult {
  readonly schema: 1;
  readonly date: string;
  readonly machine: Machine;
  readonly threads: number;
  readonly rounds: number;
  readonly participants: readonly ParticipantInfo[];
  readonly cases: readonly CaseResult[];
  readonly overhead: readonly Overhead[];
}
