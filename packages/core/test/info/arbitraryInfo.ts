import fc from "fast-check";
import type {
  Info,
  InfoAveraging,
  InfoExtension,
  InfoSaved,
  InfoStatistics,
  StatisticsArray,
} from "../../src/info/index.ts";
import { packedStrides } from "../../src/tensor/strides.ts";
import { BATCH_NORM_MODES, type BatchNormMode } from "../../src/vocabulary/batchNormMode.ts";
import { hostArray, type StatisticsDataType } from "../../src/vocabulary/dataType.ts";

interface Shape {
  readonly mode: BatchNormMode;
  readonly dataType: StatisticsDataType;
  readonly dims: readonly number[];
}

const epsilon = fc.oneof(
  fc.constantFrom(0, 1e-5, 5e-324, 1e-7, 1e21, Number.MAX_VALUE),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
);

const shape: fc.Arbitrary<Shape> = fc
  .record({
    mode: fc.constantFrom(...BATCH_NORM_MODES),
    dataType: fc.constantFrom("float32", "float64"),
    channels: fc.integer({ min: 1, max: 5 }),
    space: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  })
  .map(({ mode, dataType, channels, space }) => ({
    mode,
    dataType: dataType as StatisticsDataType,
    dims: [1, channels, ...space.map((size) => (mode === "perActivation" ? size : 1))],
  }));

/** Any bits: NaN payloads, subnormals, infinities and −0 among them. */
function buffer({ dataType, dims }: Shape): fc.Arbitrary<StatisticsArray> {
  const count = dims.reduce((product, dim) => product * dim);
  const byteLength = count * (dataType === "float32" ? 4 : 8);
  const special =
    dataType === "float32"
      ? [0x7fc00001, 0xff800001, 0x7f800000, 0x80000000, 1, 0x807fffff]
      : [0x7ff80001, 0xfff00001, 0x7ff00000, 0x80000000, 1, 0x800fffff];
  const anyWord = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.constantFrom(...special));
  return fc
    .array(anyWord, { minLength: byteLength / 4, maxLength: byteLength / 4 })
    .map((words) => hostArray(dataType, Uint32Array.from(words).buffer));
}

/** Any bits but negative values, whose sign is cleared in place. */
function variances(of: Shape): fc.Arbitrary<StatisticsArray> {
  return buffer(of).map((values) => {
    const bytes = new Uint8Array(values.buffer);
    const size = values.BYTES_PER_ELEMENT;
    for (let i = 0; i < values.length; i++) {
      if (values[i] < 0) bytes[i * size + size - 1] &= 0x7f;
    }
    return values;
  });
}

function statistics(of: Shape): fc.Arbitrary<InfoStatistics> {
  return fc.record({
    dims: fc.constant(of.dims),
    strides: fc.constant(packedStrides(of.dims, "NCHW")),
    runningMean: buffer(of),
    runningVariance: variances(of),
    savedMean: buffer(of),
    savedInvVariance: buffer(of),
  });
}

const averaging: fc.Arbitrary<InfoAveraging> = fc.oneof(
  fc.record({
    rule: fc.constant("constant" as const),
    factor: fc.double({ min: 0, max: 1, noNaN: true }).map((factor) => factor + 0),
    count: fc.maxSafeNat(),
  }),
  fc.record({ rule: fc.constant("cumulative" as const), count: fc.maxSafeNat() }),
  fc.record({
    rule: fc.constant("cappedCumulative" as const),
    cap: fc.integer({ min: 1 }),
    count: fc.maxSafeNat(),
  }),
);

function saved(of: Shape): fc.Arbitrary<InfoSaved> {
  const dataTypes =
    of.dataType === "float64"
      ? (["float64"] as const)
      : (["float32", "float16", "bfloat16"] as const);
  const descriptor = fc
    .record({
      dataType: fc.constantFrom(...dataTypes),
      format: fc.constantFrom("NCHW" as const, "NHWC" as const),
      batch: fc.nat({ max: 9 }),
      space: fc.array(fc.nat({ max: 9 }), { minLength: of.dims.length, maxLength: of.dims.length }),
    })
    .map(({ dataType, format, batch, space }) => {
      const size = (axis: number) =>
        axis === 1 || of.mode === "perActivation" ? of.dims[axis] : space[axis];
      const dims = of.dims.map((_, axis) => (axis === 0 ? batch : size(axis)));
      return { dataType, format, dims, strides: packedStrides(dims, format) };
    });
  return fc.record({
    epsilon: fc.option(epsilon),
    descriptor: fc.option(descriptor),
    meanLow: fc.option(buffer(of)),
  });
}

function extension(of: Shape, isStaged: boolean): fc.Arbitrary<InfoExtension> {
  const ifStaged = <T>(arbitrary: fc.Arbitrary<T>) =>
    isStaged ? fc.option(arbitrary) : fc.constant(null);
  return fc
    .record({
      specificationVersion: fc.constant(1 as const),
      runningVariance: fc.constantFrom("unbiased" as const, "biased" as const),
      hasRunningStatistics: fc.boolean(),
      hasSavedStatistics: fc.boolean(),
      saved: ifStaged(saved(of)),
      averaging: fc.option(averaging),
      scale: ifStaged(buffer(of)),
      bias: ifStaged(buffer(of)),
    })
    .map((given) => ({ ...given, saved: given.hasSavedStatistics ? given.saved : null }));
}

/** Any info that the format can hold. */
export const arbitraryInfo: fc.Arbitrary<Info> = fc
  .tuple(shape, fc.boolean(), fc.boolean())
  .chain(([of, isStaged, isExtended]) =>
    fc.record({
      mode: fc.constant(of.mode),
      dataType: fc.constant(of.dataType),
      epsilon,
      exponentialFactor: fc.maxSafeNat(),
      format: fc.constantFrom("NCHW" as const, "NHWC" as const, "unknown" as const),
      nanPropagation: fc.constantFrom(0 as const, 1 as const),
      statistics: isStaged ? statistics(of) : fc.constant(null),
      extension: isExtended ? extension(of, isStaged) : fc.constant(null),
    }),
  );
