// Checks and times the kernels of planes/. Usage: planes check | sweep | table [seed]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <cuda_runtime.h>

#include "../../planes/plan.h"
#include "reference.cuh"

#define KERNEL(name, Params) extern "C" __global__ void name(const __grid_constant__ Params p)
#define KERNELS(prefix, Params)                                                                                       \
  KERNEL(prefix##_f32, Params);                                                                                       \
  KERNEL(prefix##_f16, Params);                                                                                       \
  KERNEL(prefix##_bf16, Params)
KERNELS(planes_forward, BnPlanesForward);
KERNELS(planes_forward_add, BnPlanesForward);
KERNELS(packed_forward, BnPlanesForward);
KERNELS(packed_forward_add, BnPlanesForward);
KERNELS(planes_backward, BnPlanesBackward);
KERNELS(planes_backward_masked, BnPlanesBackward);
KERNELS(packed_backward, BnPlanesBackward);
KERNELS(packed_backward_masked, BnPlanesBackward);

#define CHECK(call)                                                                                                   \
  do {                                                                                                                \
    const cudaError_t error_ = (call);                                                                                \
    if (error_ != cudaSuccess) {                                                                                      \
      std::printf("FAILED %s:%d %s: %s\n", __FILE__, __LINE__, #call, cudaGetErrorString(error_));                    \
      std::fflush(stdout);                                                                                            \
      std::exit(1);                                                                                                   \
    }                                                                                                                 \
  } while (0)

using bn::planes::Descriptor;
using bn::planes::Device;
using bn::planes::Plan;
using bn::planes::Shape;

enum Type { F32, F16, BF16 };
static const char* typeNames[] = {"f32", "f16", "bf16"};

static Device device;
static uint64_t seed = 1;
static bool anyFailure = false;

static const void* kernelOf(Type t, bool packed, bool backward, bool side) {
#define THREE(prefix) {(const void*)prefix##_f32, (const void*)prefix##_f16, (const void*)prefix##_bf16}
  static const void* all[2][2][2][3] = {
      {{THREE(planes_forward), THREE(planes_forward_add)}, {THREE(packed_forward), THREE(packed_forward_add)}},
      {{THREE(planes_backward), THREE(planes_backward_masked)}, {THREE(packed_backward), THREE(packed_backward_masked)}}};
  return all[backward][packed][side][t];
}

static cudaLaunchConfig_t configOf(const Plan& plan, cudaLaunchAttribute* attributes, cudaStream_t stream) {
  cudaLaunchConfig_t config{};
  config.gridDim = plan.grid;
  config.blockDim = plan.threads;
  config.dynamicSmemBytes = plan.sharedBytes;
  config.stream = stream;
  config.attrs = attributes;
  config.numAttrs = 0;
  if (plan.geometry.exchange == BN_EXCHANGE_CLUSTER) {
    attributes[0].id = cudaLaunchAttributeClusterDimension;
    attributes[0].val.clusterDim = {plan.geometry.groupBlocks, 1, 1};
    config.numAttrs = 1;
  } else if (plan.geometry.exchange == BN_EXCHANGE_FLAGS) {
    attributes[0].id = cudaLaunchAttributeCooperative;
    attributes[0].val.cooperative = 1;
    config.numAttrs = 1;
  }
  return config;
}

// Asks the driver how many groups run at once, and sets the grid.
static bool settle(Plan& plan, const void* kernel) {
  if (!plan.possible) return false;
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, device.sharedPerBlock));
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
  int fit = 0;
  if (plan.geometry.exchange == BN_EXCHANGE_CLUSTER) {
    cudaLaunchAttribute attributes[2];
    plan.grid = plan.geometry.groupBlocks;
    cudaLaunchConfig_t config = configOf(plan, attributes, 0);
    if (cudaOccupancyMaxActiveClusters(&fit, kernel, &config) != cudaSuccess) {
      cudaGetLastError();
      return false;
    }
  } else {
    CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&fit, kernel, plan.threads, plan.sharedBytes));
    fit = fit * device.multiprocessors / plan.geometry.groupBlocks;
  }
  if (fit == 0) return false;
  setGroups(plan, fit);
  return true;
}

template <typename P> static void launch(const Plan& plan, const void* kernel, P params, cudaStream_t stream) {
  params.geometry = plan.geometry;
  cudaLaunchAttribute attributes[2];
  const cudaLaunchConfig_t config = configOf(plan, attributes, stream);
  void* arguments[] = {&params};
  CHECK(cudaLaunchKernelExC(&config, kernel, arguments));
}

// A device buffer with room to start off alignment.
struct Buffer {
  void* memory = nullptr;
  size_t bytes = 0;
  void allocate(size_t count) {
    bytes = count;
    CHECK(cudaMalloc(&memory, std::max<size_t>(count, 16)));
    CHECK(cudaMemset(memory, 0xff, std::max<size_t>(count, 16)));
  }
  ~Buffer() { cudaFree(memory); }
};

struct Options {
  double mean = 0;
  bool relu = false, add = false;    // forward; backward: relu = masked
  float alpha = 1, beta = 0, alphaParameters = 1, betaParameters = 0;
  bool running = true, saved = true, biased = false;
  double epsilon = 1e-5, factor = 0.1;
  uint32_t phase = 0;
  uint32_t hints = 0;
  bool repeat = true;
  bool dzWanted = true;
};

template <typename T> struct World {
  int64_t n, c, s, total;
  Options o;
  Buffer xb, zb, yb, dyb, dxb, dzb, beforeb, work, sumsb, worstb, floats, hashb;
  T *x, *z, *y, *dy, *dx, *dz, *before;
  float *scale, *bias, *rm, *rv, *sm, *sl, *si, *ds, *db;
  uint64_t launches = 0;

  T* tensor(Buffer& b) {
    b.allocate((total + o.phase) * sizeof(T));
    return static_cast<T*>(b.memory) + o.phase;
  }
  void fill(T* t, uint64_t salt, double mean, double deviation) {
    reference::fillNormal<T><<<1024, 256>>>(t, total, seed * 100 + salt, mean, deviation);
  }
  World(int64_t N, int64_t C, int64_t S, Options options, bool backward) : n(N), c(C), s(S), total(N * C * S), o(options) {
    x = tensor(xb);
    y = tensor(yb);
    z = o.add ? tensor(zb) : nullptr;
    fill(x, 1, o.mean, 1.0);
    if (z) fill(z, 2, 0, 1.0);
    dy = dx = dz = nullptr;
    before = nullptr;
    if (backward) {
      dy = tensor(dyb);
      dx = tensor(dxb);
      dz = o.relu && o.dzWanted ? tensor(dzb) : nullptr;
      fill(dy, 3, 0.1, 1.0);
      fill(y, 5, 0.2, 1.0);
    }
    if (o.beta != 0) {
      before = tensor(beforeb);
      fill(before, 4, 0, 1.0);
    }
    work.allocate(16 + 32 * 264 * 16 * 4);
    CHECK(cudaMemset(work.memory, 0, work.bytes));
    sumsb.allocate(c * sizeof(reference::ChannelSums));
    worstb.allocate(sizeof(reference::Worst));
    hashb.allocate(8);
    floats.allocate(9 * c * 4);
    float* f = static_cast<float*>(floats.memory);
    scale = f, bias = f + c, rm = f + 2 * c, rv = f + 3 * c, sm = f + 4 * c, sl = f + 5 * c, si = f + 6 * c,
    ds = f + 7 * c, db = f + 8 * c;
    std::vector<float> host(2 * c);
    for (int64_t i = 0; i < c; ++i) {
      const double r = (i * 7919 + seed * 31) % 1000 / 1000.0;
      host[i] = static_cast<float>(o.mean > 1000 ? 1.0 : 0.5 + r);
      host[c + i] = static_cast<float>(o.mean > 1000 ? 0.0 : (i * 104729 + seed) % 1000 / 500.0 - 1);
    }
    CHECK(cudaMemcpy(scale, host.data(), 8 * c, cudaMemcpyHostToDevice));
    resetSmall();
  }
  void resetSmall() {
    std::vector<float> host(2 * c);
    for (int64_t i = 0; i < c; ++i) {
      host[i] = o.factor == 1.0 ? NAN : 0.25f;
      host[c + i] = o.factor == 1.0 ? NAN : 2.0f;
    }
    CHECK(cudaMemcpy(rm, host.data(), 8 * c, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(ds, host.data(), 8 * c, cudaMemcpyHostToDevice));
  }
  Descriptor descriptor(bool backward) const {
    return {n, c, s, static_cast<uint32_t>(sizeof(T)), o.phase, backward, backward ? o.relu : o.add};
  }
  static uint64_t u(const void* p) { return reinterpret_cast<uint64_t>(p); }
  BnPlanesForward forward() const {
    BnPlanesForward p{};
    p.x = u(x), p.z = u(z), p.y = u(y), p.scale = u(scale), p.bias = u(bias);
    if (o.running) p.runningMean = u(rm), p.runningVariance = u(rv);
    if (o.saved) p.savedMean = u(sm), p.savedMeanLow = u(sl), p.savedInvStd = u(si);
    p.workspace = u(work.memory);
    p.epsilon = o.epsilon, p.averagingFactor = o.factor, p.alpha = o.alpha, p.beta = o.beta;
    p.flags = (o.relu ? BN_RELU : 0u) | (o.biased ? BN_BIASED_RUNNING_VARIANCE : 0u) | o.hints;
    return p;
  }
  BnPlanesBackward backward() const {
    BnPlanesBackward p{};
    p.x = u(x), p.dy = u(dy), p.y = o.relu ? u(y) : 0, p.dx = u(dx), p.dz = u(dz), p.scale = u(scale);
    p.savedMean = u(sm), p.savedMeanLow = u(sl), p.savedInvStd = u(si), p.dScale = u(ds), p.dBias = u(db);
    p.workspace = u(work.memory);
    p.alphaData = o.alpha, p.betaData = o.beta, p.alphaParameters = o.alphaParameters,
    p.betaParameters = o.betaParameters, p.flags = o.hints;
    return p;
  }
  // Poison, or the old values to blend with.
  void resetOutput(T* out) {
    if (before) CHECK(cudaMemcpy(out, before, total * sizeof(T), cudaMemcpyDeviceToDevice));
    else CHECK(cudaMemset(out, 0xff, total * sizeof(T)));
  }
  std::vector<reference::ChannelSums> cached[2];
  std::vector<reference::ChannelSums> sums(bool backward) {
    if (cached[backward].empty()) cached[backward] = computeSums(backward);
    CHECK(cudaMemcpy(sumsb.memory, cached[backward].data(), sumsb.bytes, cudaMemcpyHostToDevice));
    return cached[backward];
  }
  std::vector<reference::ChannelSums> computeSums(bool backward) {
    const reference::Case k{n, c, s, o.epsilon};
    const T* mask = backward && o.relu ? y : nullptr;
    std::vector<reference::ChannelSums> out(c);
    if (total <= 400000) {
      std::vector<T> hx(total), hdy(total), hy(total);
      CHECK(cudaMemcpy(hx.data(), x, total * sizeof(T), cudaMemcpyDeviceToHost));
      if (backward) CHECK(cudaMemcpy(hdy.data(), dy, total * sizeof(T), cudaMemcpyDeviceToHost));
      if (mask) CHECK(cudaMemcpy(hy.data(), mask, total * sizeof(T), cudaMemcpyDeviceToHost));
      out = reference::channelSumsOnCpu<T>(k, hx, hdy, mask ? &hy : nullptr, [](T v) { return (double)(float)v; });
    } else {
      reference::channelSums<T><<<c, 1024>>>(k, x, backward ? dy : nullptr, mask,
                                             static_cast<reference::ChannelSums*>(sumsb.memory));
      CHECK(cudaMemcpy(out.data(), sumsb.memory, sumsb.bytes, cudaMemcpyDeviceToHost));
    }
    return out;
  }
  unsigned long long hash(const void* p, size_t bytes) {
    CHECK(cudaMemset(hashb.memory, 0, 8));
    const uint64_t address = u(p) & ~3ull;
    reference::hashWords<<<512, 256>>>(reinterpret_cast<const uint32_t*>(address), bytes / 4,
                                       static_cast<unsigned long long*>(hashb.memory));
    unsigned long long h;
    CHECK(cudaMemcpy(&h, hashb.memory, 8, cudaMemcpyDeviceToHost));
    return h;
  }
  reference::Worst worst() {
    reference::Worst w;
    CHECK(cudaMemcpy(&w, worstb.memory, sizeof w, cudaMemcpyDeviceToHost));
    return w;
  }
};

static double asDouble(unsigned long long bits) {
  double d;
  std::memcpy(&d, &bits, 8);
  return d;
}

static std::string describe(const Plan& plan) {
  const BnPlanesGeometry& g = plan.geometry;
  char text[160];
  std::snprintf(text, sizeof text, "%s K%u %s G%u groups %u rows %u pieces %u items %u ring %u smem %uK%s", plan.packed ? "packed" : "planes",
                g.unitChannels, g.exchange == 0 ? "alone" : g.exchange == 1 ? "cluster" : "flags", g.groupBlocks,
                g.groups, g.slotRows, g.rowPieces, g.items, g.ringSlots, plan.sharedBytes / 1024,
                (g.items + g.groupBlocks - 1) / g.groupBlocks > g.ringSlots ? " REREAD" : "");
  return text;
}

template <typename T> static bool checkForward(World<T>& w, const Plan& plan, const char* label, bool verbose) {
  const Options& o = w.o;
  const void* kernel = kernelOf(sizeof(T) == 4 ? F32 : std::is_same_v<T, __half> ? F16 : BF16, plan.packed, false, o.add);
  w.resetOutput(w.y);
  w.resetSmall();
  launch(plan, kernel, w.forward(), 0);
  CHECK(cudaDeviceSynchronize());
  const auto sums = w.sums(false);
  CHECK(cudaMemset(w.worstb.memory, 0, w.worstb.bytes));
  reference::compareForward<T><<<1024, 256>>>({w.n, w.c, w.s, o.epsilon}, w.x, w.z, w.before, w.y, w.scale, w.bias,
                                              static_cast<reference::ChannelSums*>(w.sumsb.memory),
                                              {o.alpha, o.beta, o.relu}, static_cast<reference::Worst*>(w.worstb.memory));
  const auto worst = w.worst();
  std::vector<float> f(9 * w.c);
  CHECK(cudaMemcpy(f.data(), w.floats.memory, 36 * w.c, cudaMemcpyDeviceToHost));
  double rv = 0, rm = 0, sm = 0, si = 0;
  const double m = static_cast<double>(w.n * w.s);
  for (int64_t i = 0; i < w.c; ++i) {
    const double var = o.biased ? sums[i].m2 / m : sums[i].m2 / (m - 1);
    const double oldMean = 0.25, oldVar = 2.0, k = o.factor;
    const double wantV = k == 1 ? var : (1 - k) * oldVar + k * var, wantM = k == 1 ? sums[i].mean : (1 - k) * oldMean + k * sums[i].mean;
    const double std = 1 / sums[i].inverse;
    if (o.running) {
      rv = std::max(rv, std::fabs(f[3 * w.c + i] / wantV - 1));
      rm = std::max(rm, std::fabs(f[2 * w.c + i] - wantM) / std::max(std::fabs(wantM), std));
      if (!(rv < 1e9) || !(rm < 1e9)) rv = 1e9;
    }
    if (o.saved) {
      sm = std::max(sm, std::fabs((double)f[4 * w.c + i] + (double)f[5 * w.c + i] - sums[i].mean) / std);
      si = std::max(si, std::fabs(f[6 * w.c + i] * std - 1));
      if (!(si < 1e9) || !(sm < 1e9)) si = 1e9;
    }
  }
  bool same = true;
  if (o.repeat) {
    const auto h1 = w.hash(w.y, w.total * sizeof(T)), p1 = w.hash(w.floats.memory, 36 * w.c);
    for (int i = 0; i < 3; ++i) {
      w.resetOutput(w.y);
      w.resetSmall();
      launch(plan, kernel, w.forward(), 0);
      CHECK(cudaDeviceSynchronize());
      same = same && w.hash(w.y, w.total * sizeof(T)) == h1 && w.hash(w.floats.memory, 36 * w.c) == p1;
    }
  }
  const double limit = sizeof(T) == 4 ? (o.mean > 1000 ? 1e9 : 4) : 1.0;
  const bool ok = worst.unequal == 0 && asDouble(worst.relative) <= limit && (sizeof(T) == 2 || o.mean <= 1000 || asDouble(worst.absolute) < 1e-5) &&
                  rv < 2e-6 && rm < 1e-6 && sm < 1e-6 && si < 1e-6 && same;
  anyFailure |= !ok;
  if (!ok || verbose) {
    std::printf("%s fwd %s %ldx%ldx%ld %s mean %g: y %.2f ulp abs %.1e bad %llu rv %.1e rm %.1e sm %.1e si %.1e %s | %s\n", ok ? "ok  " : "BAD ",
                typeNames[sizeof(T) == 4 ? 0 : std::is_same_v<T, __half> ? 1 : 2], w.n, w.c, w.s, label, o.mean, asDouble(worst.relative),
                asDouble(worst.absolute), worst.unequal, rv, rm, sm, si, same ? "same" : "DIFFERS", describe(plan).c_str());
    std::fflush(stdout);
  }
  return ok;
}

template <typename T> static bool checkBackward(World<T>& w, const Plan& plan, const char* label, bool verbose) {
  const Options& o = w.o;
  const void* kernel = kernelOf(sizeof(T) == 4 ? F32 : std::is_same_v<T, __half> ? F16 : BF16, plan.packed, true, o.relu);
  const auto sums = w.sums(true);
  std::vector<float> saved(3 * w.c);
  for (int64_t i = 0; i < w.c; ++i) {
    saved[i] = (float)sums[i].mean;
    saved[w.c + i] = (float)(sums[i].mean - (double)saved[i]);
    saved[2 * w.c + i] = (float)sums[i].inverse;
  }
  CHECK(cudaMemcpy(w.sm, saved.data(), 12 * w.c, cudaMemcpyHostToDevice));
  w.resetOutput(w.dx);
  w.resetSmall();
  if (w.dz) CHECK(cudaMemset(w.dz, 0xff, w.total * sizeof(T)));
  launch(plan, kernel, w.backward(), 0);
  CHECK(cudaDeviceSynchronize());
  CHECK(cudaMemset(w.worstb.memory, 0, w.worstb.bytes));
  reference::compareBackward<T><<<1024, 256>>>({w.n, w.c, w.s, o.epsilon}, w.x, w.dy, o.relu ? w.y : nullptr, w.before, w.dx, w.dz,
                                               w.scale, static_cast<reference::ChannelSums*>(w.sumsb.memory),
                                               {o.alpha, o.beta}, static_cast<reference::Worst*>(w.worstb.memory));
  const auto worst = w.worst();
  std::vector<float> f(9 * w.c);
  CHECK(cudaMemcpy(f.data(), w.floats.memory, 36 * w.c, cudaMemcpyDeviceToHost));
  double ds = 0, db = 0;
  for (int64_t i = 0; i < w.c; ++i) {
    double wantS = o.alphaParameters * sums[i].dyX, wantB = o.alphaParameters * sums[i].dy;
    if (o.betaParameters != 0) wantS += o.betaParameters * 0.25, wantB += o.betaParameters * 2.0;
    ds = std::max(ds, std::fabs(f[7 * w.c + i] - wantS) / (sums[i].absDyX + 1e-300));
    db = std::max(db, std::fabs(f[8 * w.c + i] - wantB) / (sums[i].absDy + 1e-300));
    if (!(ds < 1e9) || !(db < 1e9)) ds = 1e9;
  }
  bool same = true;
  if (o.repeat) {
    const auto h1 = w.hash(w.dx, w.total * sizeof(T)), p1 = w.hash(w.floats.memory, 36 * w.c);
    for (int i = 0; i < 3; ++i) {
      w.resetOutput(w.dx);
      w.resetSmall();
      launch(plan, kernel, w.backward(), 0);
      CHECK(cudaDeviceSynchronize());
      same = same && w.hash(w.dx, w.total * sizeof(T)) == h1 && w.hash(w.floats.memory, 36 * w.c) == p1;
    }
  }
  const bool ok = worst.unequal == 0 && worst.masks == 0 && asDouble(worst.relative) <= 1e-6 && ds <= 1e-6 && db <= 1e-6 && same;
  anyFailure |= !ok;
  if (!ok || verbose) {
    std::printf("%s bwd %s %ldx%ldx%ld %s mean %g: dx %.1e abs %.1e bad %llu masks %llu ds %.1e db %.1e %s | %s\n", ok ? "ok  " : "BAD ",
                typeNames[sizeof(T) == 4 ? 0 : std::is_same_v<T, __half> ? 1 : 2], w.n, w.c, w.s, label, o.mean, asDouble(worst.relative),
                asDouble(worst.absolute), worst.unequal, worst.masks, ds, db, same ? "same" : "DIFFERS", describe(plan).c_str());
    std::fflush(stdout);
  }
  return ok;
}

#include "modes.cuh"

int main(int argc, char** argv) {
  cudaDeviceProp properties;
  CHECK(cudaGetDeviceProperties(&properties, 0));
  device = {static_cast<uint32_t>(properties.multiProcessorCount), static_cast<uint32_t>(properties.sharedMemPerBlockOptin),
            static_cast<uint32_t>(properties.sharedMemPerMultiprocessor)};
  const std::string mode = argc > 1 ? argv[1] : "check";
  if (argc > 2) seed = std::strtoull(argv[2], nullptr, 10);
  if (mode == "check") checkAll();
  else if (mode == "sweep") sweepAll(argc > 3 ? argv[3] : "");
  else if (mode == "table") tableAll();
  else if (mode == "graph") graphReplay();
  else std::printf("unknown mode %s\n", mode.c_str());
  std::printf("%s: %s\n", mode.c_str(), anyFailure ? "FAILURES" : "all as wanted");
  return anyFailure ? 1 : 0;
}
