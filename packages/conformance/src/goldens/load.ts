/** One golden: see make.py for what the keys hold. All values in logical order N, C, spatial…. */
export interface Golden {
  readonly name: string;
  readonly dims: readonly number[];
  readonly epsilon: number;
  readonly averagingFactor: number;
  readonly x: readonly number[];
  readonly scale: readonly number[];
  readonly bias: readonly number[];
  readonly runningMean0: readonly number[];
  readonly runningVariance0: readonly number[];
  readonly dy: readonly number[];
  readonly yInference: readonly number[];
  readonly y: readonly number[];
  readonly runningMean: readonly number[];
  readonly runningVariance: readonly number[];
  readonly savedMean: readonly number[];
  readonly savedInvVariance: readonly number[];
  readonly dx: readonly number[];
  readonly dScale: readonly number[];
  readonly dBias: readonly number[];
}

/** Loaded on demand: together they weigh as much as the rest of the suite. */
const LOADERS = {
  fc: () => import("./fc.json"),
  one_d: () => import("./one_d.json"),
  two_d: () => import("./two_d.json"),
  two_d_49: () => import("./two_d_49.json"),
  three_d: () => import("./three_d.json"),
  offset: () => import("./offset.json"),
};

export type GoldenName = keyof typeof LOADERS;

export const GOLDEN_NAMES = Object.keys(LOADERS) as readonly GoldenName[];

export async function loadGolden(name: GoldenName): Promise<Golden> {
  return (await LOADERS[name]()).default;
}
