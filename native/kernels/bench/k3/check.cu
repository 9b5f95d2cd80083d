// Every element of every output of every operation against float64, on small and odd tensors.
#include "check.h"

#include "reference.h"
#include "runner.h"

namespace {

struct Options {
  bool relu = false, z = false, blend = false, inPlace = false, noSaved = false, noRunning = false;
  bool biased = false, overwrite = false, trainingOnly = false;
  double epsilon = 1e-5;
  double unit = 1, dyUnit = 1;
};

struct Case {
  std::string name;
  Type type;
  Layout layout;
  bool channelsLast, perActivation, isPadded;
  double mean;
  Road road;
  Options options;
};

int failures = 0;
uint64_t compared = 0;
int trials = 0;

void compare(const Case& c, const char* what, const Values& got, const Values& want, const Values& bound) {
  double worst = 0;
  size_t place = 0, wrong = 0;
  for (size_t i = 0; i < got.size(); i++) {
    compared++;
    const bool both = std::isnan(got[i]) && std::isnan(want[i]);
    if (both || got[i] == want[i]) continue;
    const double error = std::fabs(got[i] - want[i]);
    const double ratio = error / bound[i];
    if (!(ratio <= 1)) wrong++;
    if (!(ratio <= worst)) worst = std::isnan(ratio) ? INFINITY : ratio, place = i;
  }
  if (wrong == 0) return;
  failures++;
  if (failures < 60) {
    std::printf("WRONG %s %s %s: %zu of %zu, worst at %zu: %.9g for %.9g (%.2g bounds)\n", c.name.c_str(), nameOf(c.type), what,
                wrong, got.size(), place, got[place], want[place], worst);
  }
}

void exactly(const Case& c, const char* what, bool equal) {
  if (equal) return;
  failures++;
  if (failures < 60) std::printf("WRONG %s %s %s\n", c.name.c_str(), nameOf(c.type), what);
}

class Trial {
public:
  Trial(Kernels& kernels, const Case& of, uint32_t seed)
      : c(of), random(seed), runner(kernels, {sizeOf(of.type), of.layout.samples(), of.layout.channels(), of.layout.spatial(), of.channelsLast, of.perActivation}, nameOf(of.type)) {
    runner.road = c.road;
    if (c.isPadded) {
      runner.road = Road::strided;
      const Layout& l = c.layout;
      const rules::Dim n{l.dims[0], l.strides[0]}, ch{l.dims[1], l.strides[1]}, h{l.dims[2], l.strides[2]}, w{l.dims[3], l.strides[3]};
      if (c.perActivation) runner.kept = {ch, h, w}, runner.reduced = {n};
      else runner.kept = {ch}, runner.reduced = {n, h, w};
    }
    makeProblem();
  }

  void run() {
    // Of the emulation, which is slow: one trial in so many.
    static const int every = std::getenv("BN_EVERY") ? std::atoi(std::getenv("BN_EVERY")) : 1;
    static int number = 0;
    if (number++ % every != 0) return;
    trials++;
    training();
    if (c.options.trainingOnly) return;
    inference();
    backwardInference();
  }

private:
  const Case& c;
  std::mt19937 random;
  Runner runner;
  Problem p;

  double uniform() { return std::uniform_real_distribution<double>(-1, 1)(random); }
  double normal() { return std::normal_distribution<double>()(random); }

  Values tensorOf(double scale) {
    Values values(c.layout.count());
    for (double& value : values) value = rounded(c.type, normal() * scale);
    return values;
  }
  Values parametersOf(double from, double spread) {
    Values values(p.parameters());
    for (double& value : values) value = rounded(p.statistic(), from + spread * uniform());
    return values;
  }

  void makeProblem() {
    const Options& o = c.options;
    p.type = c.type;
    p.layout = c.layout;
    p.perActivation = c.perActivation;
    p.epsilon = o.epsilon;
    p.averagingFactor = o.overwrite ? 1 : 0.3;
    p.alpha = o.blend ? 0.75 : 1;
    p.beta = o.blend ? 0.5 : 0;
    p.alphaParam = o.blend ? 1.5 : 1;
    p.betaParam = o.blend ? -0.25 : 0;
    p.relu = o.relu;
    p.biasedVariance = o.biased;
    p.scale = parametersOf(1, 0.5);
    p.bias = parametersOf(0, 0.5);
    const Values centres = parametersOf(c.mean, c.mean == 0 ? 0.5 : 0.0);
    p.x = tensorOf(1);
    for (uint64_t i = 0; i < p.x.size(); i++) p.x[i] = rounded(c.type, o.unit * (centres[p.parameter(i)] + p.x[i] * (0.5 + 0.1 * (p.parameter(i) % 7))));
    if (o.z) p.z = tensorOf(1);
    p.dy = tensorOf(o.dyUnit);
    p.oldY = tensorOf(1);
    p.oldDx = tensorOf(1);
    p.runningMean = parametersOf(c.mean * o.unit, 0.1 * o.unit);
    p.runningVariance = parametersOf(1, 0.5);
    for (double& value : p.runningVariance) value = rounded(p.statistic(), value * o.unit * o.unit);
    p.oldDScale = parametersOf(0, 1);
    p.oldDBias = parametersOf(0, 1);
  }

  std::unique_ptr<Buffer> put(const Values& values) {
    const std::vector<uint8_t> bytes = bytesOf(c.type, c.layout, values);
    auto made = std::make_unique<Buffer>(bytes.size());
    made->put(bytes.data());
    return made;
  }
  std::unique_ptr<Buffer> putParameters(const Values& values) {
    const uint32_t size = sizeOf(p.statistic());
    std::vector<uint8_t> bytes(values.size() * size);
    for (size_t i = 0; i < values.size(); i++) store(p.statistic(), &bytes[i * size], values[i]);
    auto made = std::make_unique<Buffer>(bytes.size());
    made->put(bytes.data());
    return made;
  }
  Values parametersIn(const Buffer& buffer) {
    const std::vector<uint8_t> bytes = buffer.get();
    const uint32_t size = sizeOf(p.statistic());
    Values values(p.parameters());
    for (size_t i = 0; i < values.size(); i++) values[i] = load(p.statistic(), &bytes[i * size]);
    return values;
  }
  std::unique_ptr<Buffer> poisoned() {
    auto made = std::make_unique<Buffer>(c.layout.storage * sizeOf(c.type));
    made->fill(0xff);
    return made;
  }
  std::unique_ptr<Buffer> poisonedParameters() {
    auto made = std::make_unique<Buffer>(p.parameters() * sizeOf(p.statistic()));
    made->fill(0xff);
    return made;
  }
  std::unique_ptr<Buffer> target(const Values& old) { return p.beta == 0 ? poisoned() : put(old); }
  std::unique_ptr<Buffer> parameterTarget(const Values& old) {
    return p.betaParam == 0 ? poisonedParameters() : putParameters(old);
  }

  /** The gaps still hold what `put` and `poisoned` left there. */
  void gaps(const char* what, const std::vector<uint8_t>& bytes) {
    if (!c.isPadded) return;
    std::vector<uint8_t> mark(c.layout.storage, 0);
    for (uint64_t n = 0; n < c.layout.samples(); n++)
      for (uint64_t ch = 0; ch < c.layout.channels(); ch++)
        for (uint64_t s = 0; s < c.layout.spatial(); s++) mark[c.layout.offset(n, ch, s)] = 1;
    bool kept = true;
    for (uint64_t i = 0; i < bytes.size(); i++) kept = kept && (mark[i / sizeOf(c.type)] || bytes[i] == 0xff);
    exactly(c, (std::string("gaps of ") + what).c_str(), kept);
  }

  Call common() {
    Call call;
    call.epsilon = p.epsilon;
    call.averagingFactor = p.averagingFactor;
    call.alpha = p.alpha;
    call.beta = p.beta;
    call.alphaParam = p.alphaParam;
    call.betaParam = p.betaParam;
    call.relu = p.relu;
    call.biasedVariance = p.biasedVariance;
    return call;
  }

  void inference() {
    std::vector<uint8_t> first;
    auto scale = putParameters(p.scale), bias = putParameters(p.bias);
    auto mean = putParameters(p.runningMean), variance = putParameters(p.runningVariance);
    for (int round = 0; round < 2; round++) {
      auto x = put(p.x), z = put(p.z.empty() ? p.x : p.z), y = target(p.oldY);
      const bool inPlace = c.options.inPlace && p.beta == 0;
      Call call = common();
      call.x = x->address;
      call.z = p.z.empty() ? 0 : z->address;
      call.y = inPlace ? x->address : y->address;
      call.scale = scale->address, call.bias = bias->address;
      call.runningMean = mean->address, call.runningVariance = variance->address;
      runner.inference(call);
      must(cudaDeviceSynchronize(), "inference");
      const std::vector<uint8_t> bytes = (inPlace ? *x : *y).get();
      if (round == 1) return exactly(c, "inference runs differ", bytes == first);
      first = bytes;
      gaps("y", bytes);
      const Expected want = normalized(p, p.runningMean, p.runningVariance);
      compare(c, "inference y", valuesOf(c.type, c.layout, bytes), want.value, want.bound);
    }
  }

  void training() {
    auto x = put(p.x), z = put(p.z.empty() ? p.x : p.z), y = target(p.oldY);
    auto scale = putParameters(p.scale), bias = putParameters(p.bias);
    auto mean = putParameters(p.runningMean), variance = putParameters(p.runningVariance);
    if (c.options.overwrite) mean->fill(0xff), variance->fill(0xff); // NaN
    auto savedMean = poisonedParameters(), savedLow = poisonedParameters(), savedInverse = poisonedParameters();
    Call call = common();
    call.x = x->address, call.y = y->address;
    call.z = p.z.empty() ? 0 : z->address;
    call.scale = scale->address, call.bias = bias->address;
    if (!c.options.noRunning) call.runningMean = mean->address, call.runningVariance = variance->address;
    if (!c.options.noSaved) call.saved = {savedMean->address, savedLow->address, savedInverse->address};
    runner.forward(call);
    must(cudaDeviceSynchronize(), "forward");
    const std::vector<uint8_t> bytes = y->get();
    gaps("y", bytes);
    const Moments moments = momentsOf(p);
    const Expected want = normalized(p, moments.mean, moments.variance);
    const Values stored = valuesOf(c.type, c.layout, bytes);
    compare(c, "forward y", stored, want.value, want.bound);
    statistics(moments, *mean, *variance, *savedMean, *savedLow, *savedInverse);
    // Once more into fresh memory: the same bits.
    auto again = target(p.oldY);
    Call second = call;
    second.y = again->address;
    second.runningMean = second.runningVariance = 0;
    runner.forward(second);
    must(cudaDeviceSynchronize(), "forward again");
    exactly(c, "forward runs differ", again->get() == bytes);
    backward(call, moments, stored);
  }

  void statistics(const Moments& moments, const Buffer& mean, const Buffer& variance, const Buffer& savedMean,
                  const Buffer& savedLow, const Buffer& savedInverse) {
    const bool wide = c.type == Type::f64;
    const uint64_t count = p.parameters();
    Values want(count), bound(count), wantVariance(count), boundVariance(count);
    const double m = (double)p.perParameter(), f = p.averagingFactor;
    for (uint64_t k = 0; k < count; k++) {
      const double old = c.options.overwrite ? 0 : (1 - f) * p.runningMean[k];
      const double oldVariance = c.options.overwrite ? 0 : (1 - f) * p.runningVariance[k];
      const double fresh = moments.variance[k] * (p.biasedVariance ? 1 : m / (m - 1));
      want[k] = old + f * moments.mean[k];
      // Cancellation of mean against old is the caller's.
      bound[k] = (wide ? 1e-12 : 2e-6) * std::fmax(std::fabs(old) + f * std::fabs(moments.mean[k]), std::sqrt(moments.variance[k]) * 0.1);
      wantVariance[k] = oldVariance + f * fresh;
      boundVariance[k] = (wide ? 1e-12 : 2e-6) * wantVariance[k] + (wide ? 0 : std::ldexp(1.0, -149));
    }
    if (!c.options.noRunning) {
      compare(c, "running mean", parametersIn(mean), want, bound);
      compare(c, "running variance", parametersIn(variance), wantVariance, boundVariance);
    }
    if (c.options.noSaved) return;
    Values saved = parametersIn(savedMean), inverse = parametersIn(savedInverse);
    const Values low = parametersIn(savedLow);
    for (uint64_t k = 0; k < count; k++) {
      if (!wide) saved[k] += low[k];
      const double deviation = std::sqrt(moments.variance[k] + p.epsilon);
      want[k] = moments.mean[k];
      bound[k] = (wide ? 1e-15 : 1e-10) * std::fabs(moments.mean[k]) + deviation * (wide ? 1e-14 : 1e-7);
      wantVariance[k] = 1 / deviation;
      boundVariance[k] = (wide ? 1e-12 : 2e-7) / deviation;
    }
    compare(c, "saved mean", saved, want, bound);
    compare(c, "saved inverse", inverse, wantVariance, boundVariance);
  }

  void gradientsOf(const char* what, Call call, const ExpectedGradients& want, bool fixed) {
    std::vector<uint8_t> first;
    for (int round = 0; round < 2; round++) {
      auto dy = put(p.dy), dx = target(p.oldDx), dz = poisoned();
      auto dScale = parameterTarget(p.oldDScale), dBias = parameterTarget(p.oldDBias);
      const bool inPlace = c.options.inPlace && p.beta == 0;
      call.dy = dy->address;
      call.dx = inPlace ? dy->address : dx->address;
      call.dz = c.options.z ? dz->address : 0;
      call.dScale = dScale->address, call.dBias = dBias->address;
      if (fixed) runner.backwardInference(call);
      else runner.backward(call);
      must(cudaDeviceSynchronize(), what);
      std::vector<uint8_t> bytes = (inPlace ? *dy : *dx).get();
      const std::vector<uint8_t> sums = dScale->get(), sums2 = dBias->get();
      if (round == 0) {
        gaps("dx", bytes);
        compare(c, (std::string(what) + " dx").c_str(), valuesOf(c.type, c.layout, bytes), want.dx.value, want.dx.bound);
        compare(c, (std::string(what) + " dScale").c_str(), parametersIn(*dScale), want.dScale.value, want.dScale.bound);
        compare(c, (std::string(what) + " dBias").c_str(), parametersIn(*dBias), want.dBias.value, want.dBias.bound);
        if (c.options.z) {
          gaps("dz", dz->get());
          compare(c, (std::string(what) + " dz").c_str(), valuesOf(c.type, c.layout, dz->get()), want.dz, Values(p.x.size(), 0.0));
        }
      }
      bytes.insert(bytes.end(), sums.begin(), sums.end());
      bytes.insert(bytes.end(), sums2.begin(), sums2.end());
      if (round == 1) exactly(c, (std::string(what) + " runs differ").c_str(), bytes == first);
      first = bytes;
    }
  }

  void backward(const Call& forward, const Moments& moments, const Values& stored) {
    gradientsOf("backward", forward, gradients(p, moments.mean, moments.variance, stored, false), false);
  }

  void backwardInference() {
    auto x = put(p.x), y = put(p.oldY);
    auto scale = putParameters(p.scale);
    auto mean = putParameters(p.runningMean), variance = putParameters(p.runningVariance);
    Call call = common();
    call.x = x->address, call.y = y->address, call.scale = scale->address;
    call.runningMean = mean->address, call.runningVariance = variance->address;
    gradientsOf("backwardInference", call, gradients(p, p.runningMean, p.runningVariance, p.oldY, true), true);
  }
};

std::vector<Options> optionSets() {
  std::vector<Options> sets(7);
  sets[1].relu = true;
  sets[2].relu = sets[2].z = true;
  sets[3].blend = sets[3].z = true;
  sets[4].inPlace = sets[4].noSaved = sets[4].biased = true;
  sets[5].noRunning = sets[5].relu = sets[5].inPlace = sets[5].noSaved = true;
  sets[6].overwrite = sets[6].blend = true;
  return sets;
}

void everyOption(Kernels& kernels, Case c, uint32_t seed) {
  // Three sets a case, others for the next: all meet every shape, on one road or another.
  const std::string name = c.name;
  const std::vector<Options> sets = optionSets();
  for (uint32_t i = 0; i < 3; i++) {
    const uint32_t number = (seed * 3 + i) % sets.size();
    c.options = sets[number];
    c.name = name + " options " + std::to_string(number);
    Trial(kernels, c, seed + number).run();
  }
}

void shapes(Kernels& kernels, Type type) {
  const uint32_t dims[][4] = {{5, 3, 7, 7}, {3, 8, 4, 4}, {6, 5, 1, 1}, {300, 16, 1, 1}, {2, 33, 9, 11}, {17, 255, 1, 1},
                              {2, 1, 5, 3}, {40, 64, 3, 3}, {2, 2, 64, 65}, {37, 12, 8, 8}, {700, 4, 2, 2}, {1, 3, 30, 30}};
  uint32_t seed = 1;
  for (const auto& d : dims) {
    for (int last = 0; last < 2; last++) {
      for (int per = 0; per < 2; per++) {
        if (per && d[0] == 1) continue;
        for (Road road : {Road::automatic, Road::split, Road::strided}) {
          Case c{"", type, packed(d, last), last == 1, per == 1, false, 0, road, {}};
          char name[96];
          std::snprintf(name, sizeof name, "%ux%ux%ux%u %s %s road %d", d[0], d[1], d[2], d[3], last ? "NHWC" : "NCHW", per ? "perActivation" : "spatial", (int)road);
          c.name = name;
          everyOption(kernels, c, seed++);
        }
      }
    }
  }
  for (int last = 0; last < 2; last++) {
    for (int per = 0; per < 2; per++) {
      const uint32_t d[4] = {6, 7, 5, 9};
      Case c{last ? "padded NHWC" : "padded NCHW", type, padded(d, last), last == 1, per == 1, true, 0, Road::strided, {}};
      everyOption(kernels, c, seed++);
    }
  }
}

void numbers(Kernels& kernels, Type type) {
  const uint32_t dims[][4] = {{32, 6, 28, 28}, {64, 24, 7, 7}, {1024, 16, 1, 1}};
  std::vector<double> means = {10, 1000};
  if (type == Type::f32 || type == Type::f64) means.push_back(1e5);
  uint32_t seed = 1000;
  for (const auto& d : dims) {
    for (int last = 0; last < 2; last++) {
      for (Road road : {Road::automatic, Road::split, Road::strided}) {
        for (double mean : means) {
          if (type == Type::bf16 && mean > 100) continue;
          Case c{std::to_string(d[0]) + "x" + std::to_string(d[1]) + (last ? " NHWC" : " NCHW") + " mean " + std::to_string((int)mean), type, packed(d, last), last == 1, false, false, mean, road, {}};
          Trial(kernels, c, seed++).run();
          c.options.noSaved = true;
          Trial(kernels, c, seed++).run();
        }
        if (type != Type::f32) continue;
        // Far from 1, with epsilon 0 and with one that is no float.
        for (double power : {-100.0, -60.0, -45.0, 45.0, 57.0}) {
          Case c{"unit 2^" + std::to_string((int)power), type, packed(d, last), last == 1, false, false, 0, road, {}};
          c.options.unit = std::ldexp(1.0, (int)power);
          c.options.epsilon = 0;
          // A running variance must be a float too.
          c.options.trainingOnly = c.options.noRunning = power < -50;
          c.options.noSaved = power > 50;
          Trial(kernels, c, seed++).run();
        }
      }
    }
  }
}

} // namespace

int check(Kernels& kernels, const std::string& only) {
  for (Type type : {Type::f32, Type::f16, Type::bf16, Type::f64}) {
    if (only != nameOf(type)) continue;
    const int before = failures;
    const uint64_t from = compared;
    shapes(kernels, type);
    numbers(kernels, type);
    std::printf("checked %s: %d trials, %llu values, %d wrong results\n", nameOf(type), trials, (unsigned long long)(compared - from), failures - before);
    std::fflush(stdout);
  }
  return failures;
}
