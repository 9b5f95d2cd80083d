// Parameters of the kernels for rows of channels (NHWC and 2-D), passed by value. Shared with the host:
// fixed widths, addresses as 64-bit numbers, no padding that a compiler could place differently.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bits of `flags`; the first two are those of params.h.
enum {
  BN_ROWS_RELU = 1u,
  BN_ROWS_BIASED_RUNNING_VARIANCE = 2u
};

// How a fused launch divides the work; see rows_plan.h, which fills it. The grid is (groupSize, groups).
typedef struct {
  uint32_t tileShift;   // a tile is 2^tileShift vectors of 16 bytes wide
  uint32_t tiles;       // tiles in a row
  uint32_t groupSize;   // blocks that share a tile, each with part of the rows
  uint32_t groups;      // tiles under way at the same time
  uint32_t rounds;      // tiles / groups, rounded up
  uint32_t items;       // vectors of a tile that one thread owns (the last may lie past the end)
  uint32_t inRegisters; // of those: kept in registers between the passes (the first ones),
  uint32_t streamed;    // read twice (the next ones); the rest stays in shared memory
  uint32_t hot;         // of the streamed: so many last ones should stay in L2 until they are read again
  uint32_t twoStage;    // blocks of a group agree in two steps (many blocks and channels)
  uint32_t stepsEach;   // rows come in steps of 512 >> tileShift: whole steps that every member has,
  uint32_t stepsMore;   // members below this have one more,
  uint32_t restRows;    // and this member has these rows of a last, unfinished step
  uint32_t stagger;     // nanoseconds by which a group starts after the one before it
} BnRowsShape;

// One read: statistics, then normalise what was kept on chip. All blocks must be co-resident.
typedef struct {
  uint64_t x, z, y;
  uint64_t scale, bias;
  uint64_t runningMean, runningVariance;               // 0: absent
  uint64_t savedMean, savedMeanLow, savedInverse;      // 0: absent
  uint64_t exchange;                                   // zeroed once; see rows_plan.h for its size
  int64_t rows;
  int64_t rowBytes;
  double epsilon;
  double averagingFactor;
  double inverseRows;                                  // 1 / rows
  double runningScale;                                 // running variance = variance * this: m / (m − 1) or 1
  float alpha, beta;
  uint32_t flags;
  uint32_t channels;
  BnRowsShape shape;
  uint32_t reserved[2];
} BnRowsForward;

typedef struct {
  uint64_t x, dy, y;                                   // y: 0 without an activation
  uint64_t dx, dz;                                     // dz: 0: absent
  uint64_t scale;
  uint64_t savedMean, savedMeanLow, savedInverse;      // savedMeanLow may be absent
  uint64_t dScale, dBias;
  uint64_t exchange;
  int64_t rows;
  int64_t rowBytes;
  float alphaData, betaData, alphaParameters, betaParameters;
  uint32_t flags;
  uint32_t channels;
  BnRowsShape shape;
  float inverseRows;
  uint32_t reserved;
} BnRowsBackward;

// Split path: three launches, any C and any alignment. The tensor is seen as superRows rows of `columns`
// elements, columns = C * rowsPerSuperRow, so that a row is whole 16-byte vectors; tail rows come last.
typedef struct {
  uint64_t x, dy, z, y;    // inputs of the pass at hand
  uint64_t out, dz;        // y of the forward apply, dx of the backward apply; dz
  uint64_t partials;       // chunks * columns * 4 floats
  uint64_t coefficients;   // 4 * C floats
  uint64_t scale, bias;
  uint64_t runningMean, runningVariance;
  uint64_t savedMean, savedMeanLow, savedInverse;
  uint64_t dScale, dBias;
  int64_t elements;        // rows * C
  int64_t rows;
  double epsilon;
  double averagingFactor;
  double inverseRows, runningScale;          // as in BnRowsForward
  float alpha, beta;                         // of the data
  float alphaParameters, betaParameters;
  uint32_t flags;
  uint32_t channels;
  uint32_t columns;        // elements of a super row
  uint32_t tileVectors;    // vectors of a super row that a block handles (blockIdx.y picks which)
  uint32_t chunks;         // gridDim.x of the statistics pass
  uint32_t reserved;
} BnRowsSplit;

#ifdef __cplusplus
}
#endif
