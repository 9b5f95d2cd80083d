// Kernels of planes/ on the emulated device, every element against float64. Usage: check [seed] [cases]
#include "planes/backward.cuh"
#include "planes/forward.cuh"
#include "planes/plan.h"

#include <random>
#include <string>
#include <vector>

#include "device.h"

using namespace bn::planes;

static std::mt19937 generator;
static double uniform() { return std::uniform_real_distribution<double>(0, 1)(generator); }
static int64_t between(int64_t a, int64_t b) { return std::uniform_int_distribution<int64_t>(a, b)(generator); }

template <typename T> struct Tensor {
  std::vector<T> memory;
  T* at;
  int64_t total;
  Tensor(int64_t count, uint32_t phase, double mean, double deviation) : memory(count + 32), total(count) {
    uint64_t address = reinterpret_cast<uint64_t>(memory.data());
    at = reinterpret_cast<T*>((address + 15) / 16 * 16) + phase;
    for (T& v : memory) v = bn::narrow<T>(NAN); // what is outside the tensor must not matter
    std::normal_distribution<double> normal(mean, deviation);
    for (int64_t i = 0; i < count; ++i) at[i] = bn::narrow<T>(static_cast<float>(normal(generator)));
    emulation::allow(at, at + count);
  }
  double get(int64_t i) const { return static_cast<double>(bn::widen(at[i])); }
  bool neighboursUntouched() const {
    for (const T& v : memory) {
      if ((&v < at || &v >= at + total) && bn::widen(v) == bn::widen(v)) return false;
    }
    return true;
  }
};

struct Case {
  int64_t n, c, s;
  bool side, relu, running, saved, statisticsOnly;
  uint32_t phase;
  double mean, factor, epsilon;
  float alpha, beta;
  Device device;
  Shape shape;
};

template <typename T> static double ulp(double v) {
  const int digits = sizeof(T) == 4 ? 23 : std::is_same_v<T, __half> ? 10 : 7;
  const int least = std::is_same_v<T, __half> ? -14 : -126;
  return std::ldexp(1.0, std::max(std::ilogb(std::max(std::fabs(v), 1e-300)), least) - digits);
}

template <typename Kernel> static bool runTwice(const Plan& plan, const Kernel& kernel) {
  const uint32_t cluster = plan.geometry.exchange == BN_EXCHANGE_CLUSTER ? plan.geometry.groupBlocks : 1;
  return emulation::launch(plan.grid, plan.threads, cluster, static_cast<uint32_t>(generator()), kernel);
}

template <typename T> static std::string checkForward(const Case& k, const Plan& plan, std::vector<uint8_t>& work) {
  emulation::forget();
  const int64_t total = k.n * k.c * k.s, m = k.n * k.s;
  Tensor<T> x(total, k.phase, k.mean, 1), z(total, k.phase, 0, 1), y(total, k.phase, 0, 1);
  const std::vector<T> before(y.memory);
  const T* beforeAt = before.data() + (y.at - y.memory.data());
  std::vector<float> scale(k.c), bias(k.c), rm(k.c, 0.25f), rv(k.c, 2.0f), sm(k.c), sl(k.c), si(k.c);
  for (int64_t i = 0; i < k.c; ++i) scale[i] = static_cast<float>(0.5 + uniform()), bias[i] = static_cast<float>(uniform() - 0.5);
  if (k.factor == 1) std::fill(rm.begin(), rm.end(), NAN), std::fill(rv.begin(), rv.end(), NAN);
  BnPlanesForward p{};
  const auto u = [](const void* a) { return reinterpret_cast<uint64_t>(a); };
  p.geometry = plan.geometry;
  p.x = u(x.at), p.z = k.side ? u(z.at) : 0, p.y = u(y.at), p.scale = u(scale.data()), p.bias = u(bias.data());
  if (k.running) p.runningMean = u(rm.data()), p.runningVariance = u(rv.data());
  if (k.saved) p.savedMean = u(sm.data()), p.savedMeanLow = u(sl.data()), p.savedInvStd = u(si.data());
  p.workspace = u(work.data()), p.epsilon = k.epsilon, p.averagingFactor = k.factor, p.alpha = k.alpha, p.beta = k.beta;
  p.flags = (k.relu ? BN_RELU : 0u) | (k.statisticsOnly ? BN_STATISTICS_ONLY : 0u);
  const auto kernel = [&] {
    if (plan.packed) k.side ? forwardKernel<T, true, true>(p) : forwardKernel<T, true, false>(p);
    else k.side ? forwardKernel<T, false, true>(p) : forwardKernel<T, false, false>(p);
  };
  if (!runTwice(plan, kernel)) return "deadlock";
  if (!y.neighboursUntouched()) return "wrote outside y";
  for (int64_t c = 0; c < k.c; ++c) {
    double mean = 0, m2 = 0;
    const auto index = [&](int64_t i) { return (i / k.s * k.c + c) * k.s + i % k.s; };
    for (int64_t i = 0; i < m; ++i) mean += x.get(index(i));
    mean /= static_cast<double>(m);
    for (int64_t i = 0; i < m; ++i) m2 += (x.get(index(i)) - mean) * (x.get(index(i)) - mean);
    const double inverse = 1 / std::sqrt(m2 / static_cast<double>(m) + k.epsilon);
    for (int64_t i = 0; i < m; ++i) {
      const int64_t j = index(i);
      double v = (x.get(j) - mean) * inverse * scale[c] + bias[c];
      double size = std::max(std::fabs(v), 3.0 * scale[c] + 1);
      if (k.side) v += z.get(j), size += std::fabs(z.get(j));
      if (k.relu) v = std::max(v, 0.0);
      v *= k.alpha;
      if (k.beta != 0) v += static_cast<double>(k.beta) * static_cast<double>(bn::widen(beforeAt[j])), size += 8;
      const double error = std::fabs(y.get(j) - v);
      const double limit = sizeof(T) == 4 ? (k.mean > 1000 ? 1e-5 : 4 * ulp<float>(size)) : ulp<T>(v) + 4e-7 * size;
      if (k.statisticsOnly) {
        if (bn::widen(y.at[j]) != bn::widen(beforeAt[j])) return "statistics only, but y written";
        continue;
      }
      if (!(error <= limit)) return "y wrong at " + std::to_string(j) + ": " + std::to_string(y.get(j)) + " not " + std::to_string(v);
    }
    if (k.running) {
      const double wantV = k.factor == 1 ? m2 / static_cast<double>(m - 1) : (1 - k.factor) * 2 + k.factor * m2 / static_cast<double>(m - 1);
      const double wantM = k.factor == 1 ? mean : (1 - k.factor) * 0.25 + k.factor * mean;
      const double offV = std::fabs(rv[c] / wantV - 1), offM = std::fabs(rm[c] - wantM) / std::max(1.0, std::fabs(wantM));
      if (offV > 1e-6 || offM > 1e-6) return "running statistics off: " + std::to_string(offV * 1e6) + " " + std::to_string(offM * 1e6) + "e-6, m " + std::to_string(m);
      if (!(rv[c] == rv[c]) || !(rm[c] == rm[c])) return "running statistics are NaN";
    }
    if (k.saved) {
      const double offM = std::fabs(static_cast<double>(sm[c]) + sl[c] - mean) * inverse, offI = std::fabs(si[c] / inverse - 1);
      if (offM > 1e-6 || offI > 1e-6) return "saved statistics off: " + std::to_string(offM * 1e6) + " " + std::to_string(offI * 1e6) + "e-6, channel " + std::to_string(c) + " inverse " + std::to_string(inverse) + " mean " + std::to_string(mean);
    }
  }
  return "";
}

template <typename T> static std::string checkBackward(const Case& k, const Plan& plan, std::vector<uint8_t>& work) {
  emulation::forget();
  const int64_t total = k.n * k.c * k.s, m = k.n * k.s;
  const double count = static_cast<double>(m);
  Tensor<T> x(total, k.phase, k.mean, 1), dy(total, k.phase, 0.1, 1), y(total, k.phase, 0, 1), dx(total, k.phase, 0, 1), dz(total, k.phase, 0, 1);
  const std::vector<T> before(dx.memory);
  const T* beforeAt = before.data() + (dx.at - dx.memory.data());
  std::vector<float> scale(k.c), sm(k.c), sl(k.c), si(k.c), ds(k.c, 0.25f), db(k.c, 2.0f);
  std::vector<double> mean(k.c), inverse(k.c);
  const auto indexOf = [&](int64_t c, int64_t i) { return (i / k.s * k.c + c) * k.s + i % k.s; };
  for (int64_t c = 0; c < k.c; ++c) {
    scale[c] = static_cast<float>(0.5 + uniform());
    double sum = 0, m2 = 0;
    for (int64_t i = 0; i < m; ++i) sum += x.get(indexOf(c, i));
    mean[c] = sum / count;
    for (int64_t i = 0; i < m; ++i) m2 += std::pow(x.get(indexOf(c, i)) - mean[c], 2);
    inverse[c] = 1 / std::sqrt(m2 / count + k.epsilon);
    sm[c] = static_cast<float>(mean[c]), sl[c] = static_cast<float>(mean[c] - sm[c]), si[c] = static_cast<float>(inverse[c]);
  }
  BnPlanesBackward p{};
  const auto u = [](const void* a) { return reinterpret_cast<uint64_t>(a); };
  p.geometry = plan.geometry;
  p.x = u(x.at), p.dy = u(dy.at), p.y = u(y.at), p.dx = u(dx.at), p.dz = k.relu ? u(dz.at) : 0, p.scale = u(scale.data());
  p.savedMean = u(sm.data()), p.savedMeanLow = u(sl.data()), p.savedInvStd = u(si.data()), p.dScale = u(ds.data()), p.dBias = u(db.data());
  p.workspace = u(work.data()), p.alphaData = k.alpha, p.betaData = k.beta, p.alphaParameters = 2, p.betaParameters = k.beta;
  const auto kernel = [&] {
    if (plan.packed) k.side ? backwardKernel<T, true, true>(p) : backwardKernel<T, true, false>(p);
    else k.side ? backwardKernel<T, false, true>(p) : backwardKernel<T, false, false>(p);
  };
  if (!runTwice(plan, kernel)) return "deadlock";
  if (!dx.neighboursUntouched()) return "wrote outside dx";
  for (int64_t c = 0; c < k.c; ++c) {
    double sums[4] = {0, 0, 0, 0};
    const auto gradient = [&](int64_t j) { return k.side && y.get(j) <= 0 ? 0.0 : dy.get(j); };
    for (int64_t i = 0; i < m; ++i) {
      const int64_t j = indexOf(c, i);
      const double g = gradient(j), gx = g * (x.get(j) - mean[c]) * inverse[c];
      sums[0] += g, sums[1] += gx, sums[2] += std::fabs(g), sums[3] += std::fabs(gx);
    }
    for (int64_t i = 0; i < m; ++i) {
      const int64_t j = indexOf(c, i);
      const double normal = (x.get(j) - mean[c]) * inverse[c], slope = inverse[c] * scale[c] * k.alpha;
      double v = slope * (gradient(j) - sums[0] / count - normal * sums[1] / count);
      double size = slope * (std::fabs(gradient(j)) + sums[2] / count + std::fabs(normal) * sums[3] / count);
      if (k.beta != 0) v += static_cast<double>(k.beta) * static_cast<double>(bn::widen(beforeAt[j])), size += 4;
      const double limit = 1e-6 * size + (sizeof(T) == 4 ? 0 : 0.5001 * ulp<T>(v));
      if (!(std::fabs(dx.get(j) - v) <= limit)) return "dx wrong at " + std::to_string(j) + ": " + std::to_string(dx.get(j)) + " not " + std::to_string(v);
      if (k.side && k.relu && dz.get(j) != gradient(j)) return "dz wrong at " + std::to_string(j);
    }
    const double wantS = 2 * sums[1] + (k.beta != 0 ? k.beta * 0.25 : 0), wantB = 2 * sums[0] + (k.beta != 0 ? k.beta * 2.0 : 0);
    if (!(std::fabs(ds[c] - wantS) <= 2e-6 * (sums[3] + 1))) return "dScale wrong in channel " + std::to_string(c);
    if (!(std::fabs(db[c] - wantB) <= 2e-6 * (sums[2] + 1))) return "dBias wrong in channel " + std::to_string(c);
  }
  return "";
}

static std::string textOf(const Case& k, const Plan& plan, const char* type, bool backward) {
  char text[400];
  const BnPlanesGeometry& g = plan.geometry;
  std::snprintf(text, sizeof text, "%s %s %ldx%ldx%ld side %d relu %d phase %u mean %g alpha %g beta %g | %s K%u exchange %u G%u groups %u units %u rows %u pieces %u items %u ring %u plain %u",
                backward ? "bwd" : "fwd", type, k.n, k.c, k.s, k.side, k.relu, k.phase, k.mean, static_cast<double>(k.alpha), static_cast<double>(k.beta), plan.packed ? "packed" : "planes",
                g.unitChannels, g.exchange, g.groupBlocks, g.groups, g.units, g.slotRows, g.rowPieces, g.items, g.ringSlots, g.plain);
  return text;
}

template <typename T> static bool one(Case k, const char* type) {
  static std::vector<uint8_t> work(1 << 20); // flags: never cleared between launches
  bool fine = true;
  for (const bool backward : {false, true}) {
    Plan plan = makePlan({k.n, k.c, k.s, sizeof(T), k.phase, backward, k.side}, k.device, k.shape);
    if (!plan.possible) continue;
    setGroups(plan, k.device.multiprocessors / k.shape.groupBlocks);
    const std::string wrong = backward ? checkBackward<T>(k, plan, work) : checkForward<T>(k, plan, work);
    if (!wrong.empty()) {
      std::printf("BAD %s\n    %s\n", textOf(k, plan, type, backward).c_str(), wrong.c_str());
      fine = false;
    } else if (std::getenv("VERBOSE") != nullptr) {
      std::printf("ok  %s\n", textOf(k, plan, type, backward).c_str());
    }
    std::fflush(stdout);
  }
  return fine;
}

int main(int argc, char** argv) {
  const uint32_t seed = argc > 1 ? static_cast<uint32_t>(std::atoi(argv[1])) : 1;
  const int cases = argc > 2 ? std::atoi(argv[2]) : 60;
  generator.seed(seed);
  const int64_t planes[] = {4, 8, 9, 16, 25, 49, 64, 99, 196, 289, 784, 1225, 3136, 5000};
  int bad = 0;
  for (int i = 0; i < cases; ++i) {
    Case k{};
    k.s = planes[between(0, 13)];
    k.c = between(1, 20);
    if (between(0, 1) == 0) k.c = k.c * 8;
    k.n = std::max<int64_t>(2, std::min<int64_t>(between(1, 60), 260000 / (k.c * k.s)));
    k.side = between(0, 2) == 0;
    k.relu = k.side || between(0, 3) == 0;
    k.running = between(0, 3) != 0, k.saved = between(0, 3) != 0;
    k.phase = between(0, 3) == 0 ? static_cast<uint32_t>(between(1, 3)) : 0;
    k.mean = between(0, 4) == 0 ? 1e5 : between(0, 1) * 10.0;
    k.factor = between(0, 2) == 0 ? 1 : 0.1;
    k.epsilon = 1e-5;
    k.alpha = 1, k.beta = 0;
    if (between(0, 3) == 0) k.alpha = 0.5f, k.beta = 2;
    k.statisticsOnly = between(0, 9) == 0;
    const uint32_t exchanges[] = {BN_EXCHANGE_CLUSTER, BN_EXCHANGE_FLAGS};
    const uint32_t blocks[] = {1, 2, 3, 4, 7};
    k.shape = {blocks[between(0, 4)], exchanges[between(0, 1)], 1};
    const uint32_t shared = between(0, 1) == 0 ? 72000 : 232448; // small: shares do not fit
    k.device = {static_cast<uint32_t>(between(k.shape.groupBlocks, 9)), shared + 40000 * k.side, 233472};
    if (between(0, 19) == 0) { // more blocks than lanes
      k.shape = {static_cast<uint32_t>(between(33, 40)), BN_EXCHANGE_FLAGS, 1};
      k.device.multiprocessors = 40;
      k.s = 3136, k.n = 40, k.c = 3;
    }
    bool fine = true;
    const int type = static_cast<int>(between(0, 2));
    if (type == 0) fine = one<float>(k, "f32");
    if (k.mean > 1000) k.mean = 10;
    if (type == 1) fine = one<__half>(k, "f16");
    if (type == 2) fine = one<__nv_bfloat16>(k, "bf16");
    bad += !fine;
  }
  std::printf("%d cases, %d bad\n", cases, bad);
  return bad != 0;
}
