// Times: L2 flushed before each run, medians of 20 by events, beside a copy of the same tensor.
#include "time.h"

#include "runner.h"
#include "values.h"

namespace {

constexpr int RUNS = 20;
constexpr size_t FLUSH = 256u << 20;

__global__ void randomKernel(void* out, uint64_t count, int type, float offset, uint32_t seed) {
  for (uint64_t i = blockIdx.x * 256ull + threadIdx.x; i < count; i += gridDim.x * 256ull) {
    uint64_t h = (i + 1) * 0x9E3779B97F4A7C15ull + seed * 0xD1B54A32D192ED03ull;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93ull;
    h ^= h >> 32;
    const float value = offset + (float)(h & 0xffffff) / 8388608.0f - 1.0f;
    if (type == 0) ((float*)out)[i] = value;
    if (type == 1) ((__half*)out)[i] = __float2half(value);
    if (type == 2) ((__nv_bfloat16*)out)[i] = __float2bfloat16(value);
    if (type == 3) ((double*)out)[i] = value;
  }
}

struct Bench {
  Buffer flush{FLUSH};
  cudaEvent_t start, stop;

  Bench() {
    cudaEventCreate(&start);
    cudaEventCreate(&stop);
  }

  template <typename Work> double median(Work&& work) {
    std::vector<float> times;
    for (int run = 0; run < RUNS + 2; run++) {
      cudaMemsetAsync((void*)flush.address, run, FLUSH);
      cudaEventRecord(start);
      work();
      cudaEventRecord(stop);
      must(cudaEventSynchronize(stop), "time");
      float ms;
      cudaEventElapsedTime(&ms, start, stop);
      if (run >= 2) times.push_back(ms * 1000);
    }
    std::sort(times.begin(), times.end());
    return times[RUNS / 2];
  }
};

void randomize(const Buffer& buffer, Type type, float offset, uint32_t seed) {
  randomKernel<<<1320, 256>>>((void*)buffer.address, buffer.bytes / sizeOf(type), (int)type, offset, seed);
}

struct Tensors {
  Buffer x, y, dy, dx, z, scale, bias, mean, low, inverse, variance, dScale, dBias;
  Tensors(uint64_t bytes, uint64_t parameters, Type type, Type statistic)
      : x(bytes), y(bytes), dy(bytes), dx(bytes), z(bytes), scale(parameters * 8), bias(parameters * 8), mean(parameters * 8),
        low(parameters * 8), inverse(parameters * 8), variance(parameters * 8), dScale(parameters * 8), dBias(parameters * 8) {
    uint32_t seed = 1;
    for (Buffer* b : {&x, &y, &dy, &dx, &z}) randomize(*b, type, 0, seed++);
    for (Buffer* b : {&scale, &inverse, &variance}) randomize(*b, statistic, 2, seed++);
    for (Buffer* b : {&bias, &mean}) randomize(*b, statistic, 0, seed++);
    low.fill(0);
  }
  Call call() const {
    Call made;
    made.x = x.address, made.y = y.address, made.dy = dy.address, made.dx = dx.address;
    made.scale = scale.address, made.bias = bias.address, made.dScale = dScale.address, made.dBias = dBias.address;
    made.runningMean = mean.address, made.runningVariance = variance.address;
    made.saved = {mean.address, low.address, inverse.address};
    return made;
  }
};

struct Row {
  uint32_t n, c, s;
  bool last, per;
  Type type;
  double cudnn[3]; // forward, backward, inference; 0: not known
};

std::vector<Row> rows() {
  const Type F = Type::f32, H = Type::f16, B = Type::bf16, D = Type::f64;
  return {
      {128, 64, 12544, 0, 0, F, {396, 719, 274}}, {128, 64, 12544, 1, 0, F, {310, 484, 296}},
      {128, 256, 3136, 0, 0, F, {371, 647, 284}}, {128, 256, 3136, 1, 0, F, {342, 516, 294}},
      {128, 512, 784, 0, 0, F, {201, 326, 0}},    {128, 512, 784, 1, 0, F, {0, 0, 0}},
      {128, 1024, 196, 0, 0, F, {93, 154, 46}},   {128, 1024, 196, 1, 0, F, {112, 139, 0}},
      {128, 2048, 49, 0, 0, F, {69, 99, 34}},     {128, 2048, 49, 1, 0, F, {56, 66, 0}},
      {4096, 1024, 1, 0, 0, F, {20, 31, 17}},     {65536, 256, 1, 0, 0, F, {0, 0, 52}},
      {1, 32, 1048576, 0, 0, F, {126, 240, 850}}, {32, 64, 3136, 0, 0, F, {29, 52, 0}},
      {8, 64, 784, 0, 0, F, {9, 12, 7}},          {8, 64, 784, 1, 0, F, {11, 10, 0}},
      {128, 3, 50176, 0, 0, F, {84, 651, 0}},     {128, 3, 50176, 1, 0, F, {138, 143, 0}},
      {128, 255, 784, 1, 0, F, {359, 355, 0}},    {32, 16384, 4, 0, 0, F, {61, 88, 0}},
      {128, 256, 3136, 0, 1, F, {453, 451, 348}}, {128, 256, 3136, 1, 1, F, {546, 518, 348}},
      {128, 2048, 49, 0, 1, F, {67, 70, 43}},     {128, 2048, 49, 1, 1, F, {77, 75, 43}},
      {32, 64, 784, 0, 1, F, {16, 12, 0}},        {256, 1000, 1, 0, 0, F, {0, 0, 6}},
      {128, 64, 12544, 0, 0, H, {205, 327, 218}}, {128, 64, 12544, 1, 0, H, {186, 256, 258}},
      {128, 256, 3136, 0, 0, H, {184, 291, 245}}, {128, 256, 3136, 1, 0, H, {202, 273, 258}},
      {128, 1024, 196, 0, 0, H, {54, 73, 85}},    {128, 1024, 196, 1, 0, H, {64, 99, 0}},
      {128, 2048, 49, 0, 0, H, {57, 83, 34}},     {128, 2048, 49, 1, 0, H, {42, 46, 0}},
      {4096, 1024, 1, 0, 0, H, {0, 0, 17}},       {128, 256, 3136, 0, 1, H, {323, 343, 0}},
      {128, 256, 3136, 0, 0, B, {0, 0, 245}},     {128, 256, 3136, 1, 0, B, {0, 0, 258}},
      {128, 256, 3136, 0, 0, D, {970, 1065, 432}}, {128, 256, 3136, 1, 0, D, {1745, 2229, 0}},
      {128, 512, 784, 0, 0, D, {465, 579, 0}},    {128, 512, 784, 1, 0, D, {858, 1176, 0}},
      {128, 2048, 49, 0, 0, D, {0, 0, 0}},        {128, 2048, 49, 1, 0, D, {338, 341, 0}},
      {4096, 1024, 1, 0, 0, D, {393, 596, 27}},   {8, 64, 784, 0, 0, D, {0, 0, 0}},
      {8, 64, 784, 1, 0, D, {21, 25, 0}},         {128, 256, 3136, 1, 1, D, {0, 0, 0}},
  };
}

std::string nameOfRow(const Row& row) {
  char name[80];
  std::snprintf(name, sizeof name, "%s %ux%ux%u %s%s", nameOf(row.type), row.n, row.c, row.s, row.last ? "NHWC" : "NCHW", row.per ? " perAct" : "");
  return name;
}

void cell(double us, double floor, double cudnn) {
  std::printf(" | %7.1f %4.2f", us, floor / us);
  if (cudnn > 0) std::printf(" %5.2f", cudnn / us);
  else std::printf("     -");
}

void timeRow(Kernels& kernels, Bench& bench, const Row& row) {
  const uint64_t count = (uint64_t)row.n * row.c * row.s;
  const uint64_t parameters = row.per ? (uint64_t)row.c * row.s : row.c;
  const Tensors tensors(count * sizeOf(row.type), parameters, row.type, row.type == Type::f64 ? Type::f64 : Type::f32);
  Runner runner(kernels, {sizeOf(row.type), row.n, row.c, row.s, row.last, row.per}, nameOf(row.type));
  Call call = tensors.call();
  const double copy = bench.median([&] { cudaMemcpyAsync((void*)tensors.y.address, (void*)tensors.x.address, tensors.x.bytes, cudaMemcpyDeviceToDevice); });
  std::printf("%-30s %7.1f", nameOfRow(row).c_str(), copy);
  cell(bench.median([&] { runner.inference(call); }), copy, row.cudnn[2]);
  Call added = call;
  added.z = tensors.z.address;
  added.relu = true;
  cell(bench.median([&] { runner.inference(added); }), 1.5 * copy, 0);
  cell(bench.median([&] { runner.backwardInference(call); }), 1.5 * copy, 0);
  call.averagingFactor = 0.1;
  cell(bench.median([&] { runner.forward(call); }), copy, row.cudnn[0]);
  cell(bench.median([&] { runner.backward(call); }), 1.5 * copy, row.cudnn[1]);
  std::printf("  %s\n", runner.describe(false).c_str());
  std::fflush(stdout);
}

} // namespace

void timeAll(Kernels& kernels) {
  Bench bench;
  std::printf("us, fraction of copy (1.5 copies where three tensors move), cuDNN's us / ours\n%-30s %7s | %-18s | %-18s | %-18s | %-18s | %-18s\n", "tensor", "copy",
              "inference", "+add+relu", "backwardInference", "forward", "backward");
  for (const Row& row : rows()) timeRow(kernels, bench, row);
}

void timeVisits(Kernels& kernels, const std::string& label) {
  Bench bench;
  for (const Row& row : rows()) {
    if (row.n * 1ull * row.c * row.s < 6000000 || row.type == Type::bf16) continue;
    const uint64_t count = (uint64_t)row.n * row.c * row.s;
    const uint64_t parameters = row.per ? (uint64_t)row.c * row.s : row.c;
    const Tensors tensors(count * sizeOf(row.type), parameters, row.type, row.type == Type::f64 ? Type::f64 : Type::f32);
    Runner runner(kernels, {sizeOf(row.type), row.n, row.c, row.s, row.last, row.per}, nameOf(row.type));
    const Call call = tensors.call();
    std::printf("%-10s %-28s", label.c_str(), nameOfRow(row).c_str());
    for (uint32_t visits : {0u, 1u, 2u, 4u, 8u, 16u, 32u}) {
      runner.visits = visits;
      std::printf(" %7.1f", bench.median([&] { runner.inference(call); }));
    }
    std::printf("\n");
  }
  std::fflush(stdout);
}
