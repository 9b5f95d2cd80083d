import {
  argumentError,
  type Backend,
  BatchNormError,
  checkBackend,
  checkHandlerOptions,
  checkOneOf,
  checkOptions,
  type Handler,
  isBatchNormError,
  openHandler,
  type RefusedBackend,
  type Selection,
} from "@batchnorm/core";
import type { CreateHandlerOptions } from "./createHandlerOptions.js";
import type { Candidate } from "./shorthands.js";

const CALL = "createHandler";

/** Opens the backend asked for, or with `auto` the first of `shorthands` that works. */
export async function selectHandler(
  shorthands: readonly Candidate[],
  options: CreateHandlerOptions,
): Promise<Handler> {
  const { backend = "auto", ...others } = checkOptions(CALL, options, ["backend", "maxPlans"]);
  const rest = checkHandlerOptions(CALL, others);
  if (backend === "auto") return openBest(shorthands, rest);
  const result = await attempt(candidateOf(shorthands, backend), rest);
  if ("handler" in result) return result.handler;
  if (isBatchNormError(result.cause)) throw result.cause;
  throw unavailable(
    `backend "${result.refused.backend}" cannot be used`,
    [result.refused],
    result.cause,
  );
}

async function openBest(shorthands: readonly Candidate[], options: object): Promise<Handler> {
  const refused: RefusedBackend[] = [];
  for (const candidate of shorthands) {
    const selection = { requested: "auto", chosen: candidate.name, refused: [...refused] };
    const result = await attempt(candidate, options, selection);
    if ("handler" in result) return result.handler;
    refused.push(result.refused);
  }
  throw unavailable("no backend can be used", refused);
}

function candidateOf(shorthands: readonly Candidate[], backend: unknown): Candidate {
  if (typeof backend === "object" && backend !== null && "openDevice" in backend) {
    const given = backend as Backend;
    return { name: String(given.name), load: async () => given, next: "see the backend's README" };
  }
  if (typeof backend !== "string") {
    throw argumentError("INVALID_ARGUMENT", {
      call: CALL,
      argument: "backend",
      expected: '"auto", a shorthand such as "cpu", or a backend object such as cpu()',
      received: backend,
    });
  }
  const names = shorthands.map((candidate) => candidate.name);
  const name = checkOneOf(CALL, "backend", backend, ["auto", ...names]);
  return shorthands[names.indexOf(name)];
}

type Attempt =
  | { readonly handler: Handler }
  | { readonly refused: RefusedBackend; readonly cause?: unknown };

async function attempt(
  { name, load, next }: Candidate,
  options: object,
  selection?: Selection,
): Promise<Attempt> {
  const tried: string[] = [];
  try {
    tried.push("load its package");
    const backend = await load();
    checkBackend(CALL, backend);
    tried.push("probe the machine");
    const probe = await backend.probe();
    if (!probe.available) {
      return {
        refused: { backend: name, tried: probe.tried, found: probe.found, next: probe.next },
      };
    }
    tried.push("open the device");
    return { handler: await openHandler(backend, options, selection) };
  } catch (cause) {
    return { refused: { backend: name, tried, found: reasonOf(cause), next }, cause };
  }
}

/** The first line: Node adds where the import was required from. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split("\n", 1)[0];
}

function unavailable(
  what: string,
  refused: readonly RefusedBackend[],
  cause?: unknown,
): BatchNormError {
  const lines = refused.map(
    ({ backend, tried, found, next }) =>
      `\n  ${backend}: tried to ${tried.join(", ")}; found: ${found}; next: ${next}`,
  );
  return new BatchNormError("BACKEND_UNAVAILABLE", `${CALL}: ${what}${lines.join("")}`, {
    details: { call: CALL, refused },
    cause,
  });
}
