// The modes of the bench: check (many odd shapes), sweep (all group shapes, timed), table (the rule's
// choice, timed beside a copy), graph (replay).
#pragma once

struct Dims {
  int64_t n, c, s;
};

static std::vector<Shape> shapesFor(bool all) {
  std::vector<Shape> shapes;
  shapes.push_back({1, BN_EXCHANGE_NONE, 1});
  for (uint32_t g : {2u, 4u, 8u, 16u}) shapes.push_back({g, BN_EXCHANGE_CLUSTER, 1});
  for (uint32_t g : {2u, 4u, 8u, 16u, 22u, 26u, 33u, 44u, 66u, 132u}) {
    if (all || g == 4 || g == 33 || g == 132) shapes.push_back({g, BN_EXCHANGE_FLAGS, 1});
  }
  return shapes;
}

template <typename T> static void checkOne(Dims d, Options o, const char* label) {
  World<T> w(d.n, d.c, d.s, o, true);
  for (const bool backward : {false, true}) {
    int ran = 0;
    for (const Shape& shape : shapesFor(false)) {
      const Descriptor descriptor = w.descriptor(backward);
      Plan plan = makePlan(descriptor, device, shape);
      const Type t = sizeof(T) == 4 ? F32 : std::is_same_v<T, __half> ? F16 : BF16;
      if (!settle(plan, kernelOf(t, plan.packed, backward, descriptor.side))) continue;
      const bool verbose = ran++ == 0;
      if (backward) {
        if (!o.relu) w.fill(w.y, 5, 0.2, 1.0);
        else w.fill(w.y, 5, 0.0, 1.0);
        checkBackward(w, plan, label, verbose);
      } else {
        checkForward(w, plan, label, verbose);
      }
    }
  }
}

static void checkAllTypes(Dims d, Options o, const char* label) {
  checkOne<float>(d, o, label);
  if (o.mean > 1000) return;
  checkOne<__half>(d, o, label);
  checkOne<__nv_bfloat16>(d, o, label);
}

static void checkAll() {
  const Dims odd[] = {{5, 3, 49},  {7, 16, 49},   {3, 255, 99},  {4, 8, 289},   {9, 5, 196},  {16, 32, 784}, {6, 7, 1225},
                      {2, 3, 3136}, {3, 2, 12544}, {33, 13, 64}, {130, 24, 16}, {2, 5, 50177}, {1, 3, 8},     {40, 1, 1000},
                      {8, 64, 784}, {64, 100, 9}};
  for (const Dims& d : odd) {
    checkAllTypes(d, {}, "plain");
  }
  for (const Dims& d : {Dims{7, 16, 49}, Dims{6, 7, 1225}, Dims{3, 255, 99}, Dims{16, 32, 784}}) {
    Options o;
    o.relu = o.add = true;
    checkAllTypes(d, o, "add relu");
    o.phase = 1;
    o.dzWanted = false;
    checkAllTypes(d, o, "add relu phase 1");
    o = {};
    o.mean = 10, o.alpha = 0.5f, o.beta = 2, o.alphaParameters = 3, o.betaParameters = 0.5f, o.factor = 1, o.biased = true;
    checkAllTypes(d, o, "blend");
    o = {};
    o.phase = 1, o.relu = true, o.saved = true, o.running = false;
    checkAllTypes(d, o, "relu phase 1");
    o = {};
    o.mean = 1e5, o.factor = 1;
    checkAllTypes(d, o, "large mean");
  }
  Options large;
  large.mean = 1e5;
  checkOne<float>({32, 32, 784}, large, "large mean");
  // Does not fit on chip: part is read again. Several units a group, one unit a group.
  checkOne<float>({60, 150, 3136}, {}, "big");
  Options several;
  several.relu = several.add = true;
  checkOne<__half>({70, 150, 3137}, several, "big");
  checkOne<float>({3000, 600, 49}, several, "big");
  checkOne<float>({200, 3, 12544}, {}, "big");
  Options masked;
  masked.relu = masked.add = true;
  checkOne<__half>({400, 3, 12545}, masked, "big");
}

struct Timer {
  cudaEvent_t begin, end;
  Buffer flush;
  Timer() {
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&end));
    flush.allocate(256 << 20);
  }
  template <typename F> double median(int runs, F&& work) {
    std::vector<float> times;
    work();
    for (int i = 0; i < runs; ++i) {
      CHECK(cudaMemsetAsync(flush.memory, i, flush.bytes, 0));
      CHECK(cudaEventRecord(begin, 0));
      work();
      CHECK(cudaEventRecord(end, 0));
      CHECK(cudaEventSynchronize(end));
      float ms;
      CHECK(cudaEventElapsedTime(&ms, begin, end));
      times.push_back(ms * 1000);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }
};

template <typename T> static void launchOn(World<T>& w, const Plan& plan, bool backward) {
  const Type t = sizeof(T) == 4 ? F32 : std::is_same_v<T, __half> ? F16 : BF16;
  const void* kernel = kernelOf(t, plan.packed, backward, backward ? w.o.relu : w.o.add);
  if (backward) launch(plan, kernel, w.backward(), 0);
  else launch(plan, kernel, w.forward(), 0);
}

static const Dims timed[] = {{128, 64, 12544}, {128, 256, 3136}, {128, 512, 784},  {128, 1024, 196}, {128, 2048, 49},
                             {32, 64, 3136},   {128, 3, 50176},  {128, 32, 3136},  {8, 64, 784},     {1, 32, 1048576},
                             {32, 16384, 4},   {2, 64, 262144},  {16, 32, 50176},  {32, 768, 289},   {32, 256, 1225}};

struct Known { // cuDNN's best on the H200, forward and backward, microseconds; 0: not measured
  double forward32, backward32, forward16, backward16;
};
static const Known known[] = {{310, 484, 186, 256}, {345, 518, 184, 273}, {201, 326, 0, 0}, {93, 139, 54, 73}, {56, 66, 42, 46},
                              {29, 52, 0, 0},       {84, 923, 41, 91},    {55, 96, 33, 59}, {9, 12, 0, 0},     {126, 240, 0, 0},
                              {61, 88, 0, 0},       {0, 0, 0, 0},         {0, 0, 0, 0},     {0, 0, 0, 0},      {0, 0, 0, 0}};

template <typename T> static constexpr Type typeOf() {
  return sizeof(T) == 4 ? F32 : std::is_same_v<T, __half> ? F16 : BF16;
}

struct Result {
  double us;
  std::string text;
  Plan plan;
};

template <typename T> static void sweepOne(Timer& timer, Dims d, bool first) {
  Options o;
  o.repeat = false;
  World<T> w(d.n, d.c, d.s, o, true);
  const Type t = typeOf<T>();
  const double copy = timer.median(11, [&] { CHECK(cudaMemcpyAsync(w.y, w.x, w.total * sizeof(T), cudaMemcpyDeviceToDevice, 0)); });
  for (const bool backward : {false, true}) {
    std::vector<Result> results;
    for (const uint32_t blocks : {1u, 2u, 3u, 4u, 6u, 8u, 11u, 13u, 16u, 22u, 26u, 33u, 44u, 66u, 132u}) {
      for (const uint32_t exchange : {(uint32_t)BN_EXCHANGE_FLAGS, (uint32_t)BN_EXCHANGE_CLUSTER}) {
        if (exchange == BN_EXCHANGE_CLUSTER && !(blocks == 2 || blocks == 4 || blocks == 8)) continue;
        Plan plan = makePlan(w.descriptor(backward), device, {blocks, exchange, 1});
        if (!settle(plan, kernelOf(t, plan.packed, backward, false))) continue;
        const BnPlanesGeometry& g = plan.geometry;
        if (g.groups * blocks < 60 && g.units * g.items > 120) continue;
        if (g.items > 4 * blocks * g.ringSlots && !results.empty()) continue;
        if (!first && g.items > blocks * g.ringSlots) continue;
        w.o.hints = 0;
        const double us = timer.median(5, [&] { launchOn(w, plan, backward); });
        results.push_back({us, describe(plan), plan});
      }
    }
    std::sort(results.begin(), results.end(), [](const Result& a, const Result& b) { return a.us < b.us; });
    const double floor = backward ? 1.5 * copy : copy;
    std::printf("%s %s %ldx%ldx%ld copy %.1f\n", backward ? "bwd" : "fwd", typeNames[t], d.n, d.c, d.s, floor);
    for (const Result& r : results) std::printf("  %.1f %.3f %s\n", r.us, floor / r.us, r.text.c_str());
    for (size_t i = 0; i < std::min<size_t>(1, results.size()); ++i) {
      for (const uint32_t hint : {(uint32_t)BN_LOAD_EVICT_FIRST, (uint32_t)BN_LOAD_EVICT_LAST}) {
        w.o.hints = hint;
        const double us = timer.median(9, [&] { launchOn(w, results[i].plan, backward); });
        std::printf("  hint %s %.1f on %s\n", hint == BN_LOAD_EVICT_FIRST ? "first" : "last", us, results[i].text.c_str());
      }
    }
    std::fflush(stdout);
  }
}

static void sweepAll(const char* only) {
  Timer timer;
  size_t count = sizeof timed / sizeof timed[0];
  if (only[0] == '5') count = 5;
  for (size_t i = 0; i < count; ++i) {
    sweepOne<float>(timer, timed[i], only[0] != '5');
    sweepOne<__half>(timer, timed[i], only[0] != '5');
  }
}

template <typename T> static void tableOne(Timer& timer, Dims d, double cudnnForward, double cudnnBackward) {
  for (const bool fused : {false, true}) {
    Options o;
    o.relu = o.add = fused;
    World<T> w(d.n, d.c, d.s, o, true);
    const Type t = typeOf<T>();
    const double copy = timer.median(11, [&] { CHECK(cudaMemcpyAsync(w.y, w.x, w.total * sizeof(T), cudaMemcpyDeviceToDevice, 0)); });
    for (const bool backward : {false, true}) {
      Plan plan = choosePlan(w.descriptor(backward), device);
      if (!settle(plan, kernelOf(t, plan.packed, backward, fused))) {
        std::printf("no plan\n");
        continue;
      }
      if (backward) {
        w.fill(w.y, 5, 0.0, 1.0);
        checkBackward(w, plan, "table", false);
      } else {
        checkForward(w, plan, "table", false);
      }
      const double us = timer.median(20, [&] { launchOn(w, plan, backward); });
      const double floor = copy * (backward ? (fused ? 2.5 : 1.5) : (fused ? 1.5 : 1.0));
      const double cudnn = backward ? cudnnBackward : cudnnForward;
      std::printf("%-4s %s %ldx%ldx%ld%s %.1f us, %.3f of copy", typeNames[t], backward ? "bwd" : "fwd", d.n, d.c, d.s,
                  fused ? " add relu" : "", us, floor / us);
      if (cudnn > 0 && !fused) std::printf(", cuDNN %.0f: %.2fx", cudnn, cudnn / us);
      std::printf(" | %s\n", describe(plan).c_str());
      std::fflush(stdout);
    }
  }
}

static void tableAll() {
  Timer timer;
  for (size_t i = 0; i < sizeof timed / sizeof timed[0]; ++i) {
    tableOne<float>(timer, timed[i], known[i].forward32, known[i].backward32);
    tableOne<__half>(timer, timed[i], known[i].forward16, known[i].backward16);
    if (i < 2 || i == 4) tableOne<__nv_bfloat16>(timer, timed[i], known[i].forward16, known[i].backward16);
  }
}

// Forward and backward captured once, replayed: the same bits every time.
static void graphReplay() {
  Options o;
  o.factor = 1.0;
  World<float> w(16, 24, 784, o, true);
  Plan forward = makePlan(w.descriptor(false), device, {4, BN_EXCHANGE_FLAGS, 1});
  Plan backward = makePlan(w.descriptor(true), device, {8, BN_EXCHANGE_FLAGS, 1});
  settle(forward, kernelOf(F32, forward.packed, false, false));
  settle(backward, kernelOf(F32, backward.packed, true, false));
  cudaStream_t stream;
  CHECK(cudaStreamCreate(&stream));
  cudaGraph_t graph;
  cudaGraphExec_t executable;
  CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  for (int i = 0; i < 3; ++i) {
    launch(forward, kernelOf(F32, forward.packed, false, false), w.forward(), stream);
    launch(backward, kernelOf(F32, backward.packed, true, false), w.backward(), stream);
  }
  CHECK(cudaStreamEndCapture(stream, &graph));
  CHECK(cudaGraphInstantiate(&executable, graph, 0));
  unsigned long long first = 0;
  for (int i = 0; i < 50; ++i) {
    w.resetOutput(w.y);
    w.resetOutput(w.dx);
    w.resetSmall();
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaGraphLaunch(executable, stream));
    CHECK(cudaStreamSynchronize(stream));
    const auto h = w.hash(w.y, w.total * 4) ^ (w.hash(w.dx, w.total * 4) * 3) ^ (w.hash(w.floats.memory, 36 * w.c) * 7);
    if (i == 0) first = h;
    if (h != first) anyFailure = true;
  }
  std::printf("graph replay: %s\n", anyFailure ? "DIFFERS" : "same bits 50 times");
}
