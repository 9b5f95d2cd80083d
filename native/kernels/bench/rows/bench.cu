// Checks and times the kernels of native/kernels/rows. Usage: bench check | sweep | table
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#include <string>
#include <algorithm>
#include <functional>
#include <cuda_runtime.h>
#include "reference.cuh"
#include "../../rows/rows_forward.cu"
#include "../../rows/rows_backward.cu"
#include "../../rows/rows_split.cu"
#include "../../rows/rows_plan.h"
#include <unistd.h>
#include <signal.h>
using namespace bn;
static char watching[256];
static void onAlarm(int) { (void)!write(1, "HANG: ", 6); (void)!write(1, watching, strlen(watching)); (void)!write(1, "\n", 1); _exit(3); }
static void watch(const char* what) { strncpy(watching, what, 255); if (!getenv("SLOW")) alarm(10); }
#define CHECK(e) do { cudaError_t r_ = (e); if (r_ != cudaSuccess) { printf("%s:%d %s\n", __FILE__, __LINE__, cudaGetErrorString(r_)); exit(1); } } while (0)

static char* arena[6]; static char* flushed; static float* small; static char* exchange; static double* worst; static Ref ref; static char* partials;
constexpr size_t cap = 420ull << 20; constexpr int maxC = 16384;
static RowsMachine machine;
static void setup() {
    for (auto& a : arena) CHECK(cudaMalloc(&a, cap));
    CHECK(cudaMalloc(&flushed, 256 << 20)); CHECK(cudaMalloc(&small, maxC * 4 * 16)); CHECK(cudaMalloc(&exchange, rowsExchangeBytes(machine)));
    CHECK(cudaMemset(exchange, 0, rowsExchangeBytes(machine))); CHECK(cudaMalloc(&worst, 64)); CHECK(cudaMalloc(&partials, 64 << 20));
    double* d; CHECK(cudaMalloc(&d, 6 * maxC * 8)); ref = {d, d + maxC, d + 2 * maxC, d + 3 * maxC, d + 4 * maxC, d + 5 * maxC};
}
static float* vec(int i) { return small + i * maxC; } // 0 scale 1 bias 2 rm 3 rv 4 sm 5 sl 6 si 7 ds 8 db
template <typename F> static float median(F f, int n = 20) {
    std::vector<float> t; cudaEvent_t a, b; cudaEventCreate(&a); cudaEventCreate(&b);
    for (int i = 0; i < n; i++) {
        CHECK(cudaMemsetAsync(flushed, i, 256 << 20)); cudaEventRecord(a); f(); cudaEventRecord(b); CHECK(cudaEventSynchronize(b));
        float ms; cudaEventElapsedTime(&ms, a, b); t.push_back(ms * 1000);
    }
    cudaEventDestroy(a); cudaEventDestroy(b); std::sort(t.begin(), t.end()); return t[t.size() / 2];
}
static void fillVec(float* p, int n, double mean, double std, uint32_t seed) { generate<float><<<64, 256>>>(p, n, 1, mean, std, seed); }
struct Options { double mean = 0; bool relu = false, add = false; float alpha = 1, beta = 0; bool biased = false; double f = 0.25; uint32_t seed = 1; };

template <typename T> struct Kernels;
template <> struct Kernels<float> { static constexpr auto f = rows_forward_f32, fa = rows_forward_full_f32; static constexpr auto b = rows_backward_f32, br = rows_backward_relu_f32, bb = rows_backward_blend_f32, brb = rows_backward_relu_blend_f32; static constexpr int kf = 10, kb = 5; static constexpr const char* name = "f32"; typedef void (*K)(const BnRowsSplit); static constexpr K split[2][4] = {{rows_moments_single_f32, rows_normalise_single_f32, rows_gradients_single_f32, rows_propagate_single_f32}, {rows_moments_f32, rows_normalise_f32, rows_gradients_f32, rows_propagate_f32}}; static constexpr K join[2] = {rows_join_moments_f32, rows_join_gradients_f32}; };
template <> struct Kernels<__half> { static constexpr auto f = rows_forward_f16, fa = rows_forward_full_f16; static constexpr auto b = rows_backward_f16, br = rows_backward_relu_f16, bb = rows_backward_blend_f16, brb = rows_backward_relu_blend_f16; static constexpr int kf = 8, kb = 3; static constexpr const char* name = "f16"; typedef void (*K)(const BnRowsSplit); static constexpr K split[2][4] = {{rows_moments_single_f16, rows_normalise_single_f16, rows_gradients_single_f16, rows_propagate_single_f16}, {rows_moments_f16, rows_normalise_f16, rows_gradients_f16, rows_propagate_f16}}; static constexpr K join[2] = {rows_join_moments_f16, rows_join_gradients_f16}; };
template <> struct Kernels<__nv_bfloat16> { static constexpr auto f = rows_forward_bf16, fa = rows_forward_full_bf16; static constexpr auto b = rows_backward_bf16, br = rows_backward_relu_bf16, bb = rows_backward_blend_bf16, brb = rows_backward_relu_blend_bf16; static constexpr int kf = 8, kb = 3; static constexpr const char* name = "bf16"; typedef void (*K)(const BnRowsSplit); static constexpr K split[2][4] = {{rows_moments_single_bf16, rows_normalise_single_bf16, rows_gradients_single_bf16, rows_propagate_single_bf16}, {rows_moments_bf16, rows_normalise_bf16, rows_gradients_bf16, rows_propagate_bf16}}; static constexpr K join[2] = {rows_join_moments_bf16, rows_join_gradients_bf16}; };

template <typename P> static void launch(void (*kernel)(const P), const P& p, uint32_t parts, cudaStream_t s = 0) {
    RowsKernel k{parts, 0}; void* args[] = {(void*)&p}; const uint32_t bytes = rowsSharedBytes(k);
    CHECK(cudaFuncSetAttribute((const void*)kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes));
    CHECK(cudaLaunchCooperativeKernel((const void*)kernel, dim3(p.shape.groupSize, p.shape.groups), dim3(512), args, bytes, s));
}
template <typename T> struct Case {
    long R; int C; Options o; long n; T *x, *z, *y, *dy, *dx, *dz;
    Case(long R, int C, Options o) : R(R), C(C), o(o), n(R * C) {
        x = (T*)arena[0]; y = (T*)arena[1]; dy = (T*)arena[2]; dx = (T*)arena[3]; z = (T*)arena[4]; dz = (T*)arena[5];
        generate<T><<<1024, 256>>>(x, n, C, o.mean, 1, o.seed); generate<T><<<1024, 256>>>(dy, n, C, 0.3, 1, o.seed + 1);
        if (o.add) generate<T><<<1024, 256>>>(z, n, C, 0.1, 1, o.seed + 2);
        fillVec(vec(0), C, 1, 0.3, o.seed + 3); fillVec(vec(1), C, 0, 0.5, o.seed + 4);
        refStats<T><<<C, 256>>>(x, R, C, ref); CHECK(cudaGetLastError());
    }
    void resetForward() {
        if (o.beta != 0) generate<T><<<1024, 256>>>(y, n, C, 1, 1, 77); else poison<<<1024, 256>>>((uint32_t*)y, (n * sizeof(T) + 3) / 4);
        poison<<<16, 256>>>((uint32_t*)vec(4), maxC * 3); fillVec(vec(2), C, 0.5, 0, 1); fillVec(vec(3), C, 2, 0, 1); CHECK(cudaMemset(worst, 0, 64));
    }
    BnRowsForward forward(BnRowsShape s) {
        BnRowsForward p = {}; p.x = (uint64_t)x; p.y = (uint64_t)y; p.z = o.add ? (uint64_t)z : 0; p.scale = (uint64_t)vec(0); p.bias = (uint64_t)vec(1);
        p.runningMean = (uint64_t)vec(2); p.runningVariance = (uint64_t)vec(3); p.savedMean = (uint64_t)vec(4); p.savedMeanLow = (uint64_t)vec(5); p.savedInverse = (uint64_t)vec(6);
        p.exchange = (uint64_t)exchange; p.rows = R; p.rowBytes = C * sizeof(T); p.epsilon = 1e-5; p.averagingFactor = o.f; p.alpha = o.alpha; p.beta = o.beta;
        p.flags = (o.relu ? BN_ROWS_RELU : 0); p.inverseRows = 1.0 / R; p.runningScale = o.biased ? 1.0 : R / (R - 1.0); p.channels = C; p.shape = s; return p;
    }
    BnRowsBackward backward(BnRowsShape s) {
        BnRowsBackward p = {}; p.x = (uint64_t)x; p.dy = (uint64_t)dy; p.y = o.relu ? (uint64_t)y : 0; p.dx = (uint64_t)dx; p.dz = o.add ? (uint64_t)dz : 0; p.scale = (uint64_t)vec(0);
        p.savedMean = (uint64_t)vec(4); p.savedMeanLow = (uint64_t)vec(5); p.savedInverse = (uint64_t)vec(6); p.dScale = (uint64_t)vec(7); p.dBias = (uint64_t)vec(8);
        p.exchange = (uint64_t)exchange; p.rows = R; p.rowBytes = C * sizeof(T); p.alphaData = o.alpha; p.betaData = o.beta; p.alphaParameters = o.alpha; p.betaParameters = o.beta; p.inverseRows = 1.0 / R; p.flags = o.relu ? BN_ROWS_RELU : 0; p.channels = C; p.shape = s; return p;
    }
    void runForward(BnRowsShape s) { launch<BnRowsForward>(o.add || o.beta != 0 || o.alpha != 1 ? Kernels<T>::fa : Kernels<T>::f, forward(s), 1); }
    void runBackward(BnRowsShape s) { launch<BnRowsBackward>(o.beta != 0 ? (o.relu ? Kernels<T>::brb : Kernels<T>::bb) : o.relu ? Kernels<T>::br : Kernels<T>::b, backward(s), o.relu ? 3 : 2); }
    void runSplit(bool back, bool aligned = true) {
        const uint32_t V = aligned ? 16 / sizeof(T) : 1; const RowsSplitPlan s = rowsSplitPlan(R, C, V, machine);
        BnRowsSplit p = {}; p.x = (uint64_t)x; p.dy = (uint64_t)dy; p.y = back && o.relu ? (uint64_t)y : 0; p.z = o.add ? (uint64_t)z : 0; p.out = back ? (uint64_t)dx : (uint64_t)y; p.dz = back && o.add ? (uint64_t)dz : 0;
        p.partials = (uint64_t)partials; p.coefficients = (uint64_t)(partials + (60 << 20)); p.scale = (uint64_t)vec(0); p.bias = (uint64_t)vec(1); p.runningMean = (uint64_t)vec(2); p.runningVariance = (uint64_t)vec(3);
        p.savedMean = (uint64_t)vec(4); p.savedMeanLow = (uint64_t)vec(5); p.savedInverse = (uint64_t)vec(6); p.dScale = (uint64_t)vec(7); p.dBias = (uint64_t)vec(8); p.elements = n; p.rows = R; p.epsilon = 1e-5; p.averagingFactor = o.f;
        p.inverseRows = 1.0 / R; p.runningScale = o.biased ? 1.0 : R / (R - 1.0); p.alpha = o.alpha; p.beta = o.beta; p.alphaParameters = o.alpha; p.betaParameters = o.beta; p.flags = o.relu ? BN_ROWS_RELU : 0; p.channels = C; p.columns = s.columns; p.tileVectors = s.tileVectors; p.chunks = s.chunks;
        if (s.partialBytes > (60u << 20) || s.coefficientBytes > (4u << 20)) { printf("partials too large\n"); exit(1); }
        Kernels<T>::split[aligned][back ? 2 : 0]<<<dim3(s.chunks, s.tiles), 256>>>(p); Kernels<T>::join[back]<<<s.joinBlocks, dim3(8, 128)>>>(p); Kernels<T>::split[aligned][back ? 3 : 1]<<<dim3(s.applyBlocks, s.tiles), 256>>>(p);
    }
    // Returns error over allowed (<= 1 is right); abs error in *abs.
    double verifyForward(const std::function<void()>& run, double* abs = nullptr) {
        resetForward(); run(); CHECK(cudaGetLastError());
        T* old = (T*)arena[3]; if (o.beta != 0) generate<T><<<1024, 256>>>(old, n, C, 1, 1, 77);
        const double tol = o.mean > 1e4 ? 1e-5 : o.mean > 5 ? 2e-6 : 0;
        compareForward<T><<<1024, 256>>>(x, o.add ? z : nullptr, y, old, vec(0), vec(1), R, C, 1e-5, o.alpha, o.beta, o.relu, tol, ref, worst);
        compareChannels<<<1, 256>>>(R, C, 1e-5, o.f, !o.biased, vec(4), vec(5), vec(6), vec(2), vec(3), 0.5, 2, ref, worst);
        double w[4]; CHECK(cudaMemcpy(w, worst, 32, cudaMemcpyDeviceToHost)); if (abs) *abs = w[0];
        if (w[2] > 1) printf("[channels %.2f]", w[2]);
        return std::max(w[1], w[2]);
    }
    double verifyBackward(const std::function<void()>& run, double* abs = nullptr) { // after a forward
        refGrads<T><<<C, 256>>>(x, dy, o.relu ? y : nullptr, vec(4), vec(5), vec(6), R, C, ref);
        if (o.beta != 0) generate<T><<<1024, 256>>>(dx, n, C, 1, 1, 78); else poison<<<1024, 256>>>((uint32_t*)dx, (n * sizeof(T) + 3) / 4);
        if (o.add) poison<<<1024, 256>>>((uint32_t*)dz, (n * sizeof(T) + 3) / 4);
        fillVec(vec(7), C, 3, 0, 1); fillVec(vec(8), C, 3, 0, 1); CHECK(cudaMemset(worst, 0, 64));
        run(); CHECK(cudaGetLastError());
        T* old = (T*)arena[4]; if (o.beta != 0) generate<T><<<1024, 256>>>(old, n, C, 1, 1, 78);
        compareBackward<T><<<1024, 256>>>(x, dy, o.relu ? y : nullptr, dx, o.add ? dz : nullptr, old, vec(0), vec(4), vec(5), vec(6), R, C, o.alpha, o.beta, ref, worst);
        compareGrads<<<1, 256>>>(C, vec(7), vec(8), o.alpha, o.beta, 3, ref, worst);
        double w[4]; CHECK(cudaMemcpy(w, worst, 32, cudaMemcpyDeviceToHost)); if (abs) *abs = w[0];
        if (w[2] > 1) printf("[params %.2f]", w[2]);
        return std::max(w[1], w[2]);
    }
    uint64_t sum(const void* p, size_t bytes) { std::vector<uint64_t> h(bytes / 8); CHECK(cudaMemcpy(h.data(), p, bytes / 8 * 8, cudaMemcpyDeviceToHost)); uint64_t s = 14695981039346656037ull; for (auto v : h) s = (s ^ v) * 1099511628211ull; return s; }
};
static int failures = 0, checks = 0;
static void report(double w, const std::string& what) { checks++; if (!(w <= 1)) { if (failures++ < 12) printf("WRONG %s: %.3g of the allowed error\n", what.c_str(), w); } }

static int seedFlip = 0;
template <typename T> void checkShape(long R, int C, Options o, int shift, int G, int kf, int kb, int slotsCut) {
    const long rb = C * sizeof(T); if (rb % 16) return;
    char label[200]; snprintf(label, 200, "%s R %ld C %d mean %g relu %d add %d ab %g %g tile %d G %d kept %d/%d cut %d", Kernels<T>::name, R, C, o.mean, o.relu, o.add, o.alpha, o.beta, 16 << shift, G, kf, kb, slotsCut);
    watch(label); Case<T> c(R, C, o);
    auto shape = [&](uint32_t parts, uint32_t kept) { RowsKernel k{parts, kept}; BnRowsShape s = rowsShape(R, rb, k, shift, G, 4, 16 / sizeof(T), machine);
        if (slotsCut) { s.streamed = s.items - s.inRegisters - std::min<uint32_t>(slotsCut, s.items - s.inRegisters); s.hot = s.streamed / 2; if (seedFlip++ & 1) s.twoStage = G > 1; } return s; };
    BnRowsShape sf = shape(1, o.add || o.beta != 0 || o.alpha != 1 ? std::min(kf, 8) : kf), sb = shape(o.relu ? 3 : 2, kb);
    double e = c.verifyForward([&] { c.runForward(sf); }); report(e, std::string("forward ") + label);
    uint64_t h = c.sum(c.y, c.n * sizeof(T)); c.resetForward(); c.runForward(sf); if (h != c.sum(c.y, c.n * sizeof(T)) && o.beta == 0) report(1e9, std::string("forward differs between runs ") + label);
    e = c.verifyBackward([&] { c.runBackward(sb); }); report(e, std::string("backward ") + label);
    h = c.sum(c.dx, c.n * sizeof(T)); if (o.beta == 0) { c.runBackward(sb); if (h != c.sum(c.dx, c.n * sizeof(T))) report(1e9, std::string("backward differs between runs ") + label); }
}
template <typename T> void checkSplit(long R, int C, Options o, bool aligned) {
    char label[200]; snprintf(label, 200, "%s split R %ld C %d mean %g relu %d add %d ab %g %g aligned %d", Kernels<T>::name, R, C, o.mean, o.relu, o.add, o.alpha, o.beta, aligned); watch(label);
    Case<T> c(R, C, o); report(c.verifyForward([&] { c.runSplit(false, aligned); }), std::string("forward ") + label);
    uint64_t h = c.sum(c.y, c.n * sizeof(T)); c.resetForward(); c.runSplit(false, aligned); if (h != c.sum(c.y, c.n * sizeof(T)) && o.beta == 0) report(1e9, std::string("forward differs ") + label);
    report(c.verifyBackward([&] { c.runSplit(true, aligned); }), std::string("backward ") + label);
    h = c.sum(c.dx, c.n * sizeof(T)); if (o.beta == 0) { c.runSplit(true, aligned); if (h != c.sum(c.dx, c.n * sizeof(T))) report(1e9, std::string("backward differs ") + label); }
}
template <typename T> void checkAll() {
    const int f = Kernels<T>::kf, b = Kernels<T>::kb;
    uint32_t seed = 10;
    for (double mean : {0.0, 10.0, 1e5}) { if (mean > 1e4 && sizeof(T) == 2) mean = sizeof(T) == 2 ? 100 : mean;
        for (int k = 0; k < 4; k++) { Options o; o.mean = mean; o.relu = k & 1 || k == 2; o.add = k == 2; o.seed = seed += 10; if (k == 3) { o.relu = false; o.alpha = 0.7f; o.beta = 0.3f; o.biased = true; o.f = 1; }
            for (int al = 0; al < 2; al++) { checkSplit<T>(6273, 30, o, al); checkSplit<T>(100003, 3, o, al); checkSplit<T>(333, 255, o, al); checkSplit<T>(9999, 1, o, al); checkSplit<T>(3, 5, o, al); checkSplit<T>(2, 1, o, al); checkSplit<T>(129, 6000, o, al); checkSplit<T>(20000, 64, o, al); }
            checkShape<T>(6272, 64, o, 1, 16, f, b, 0); checkShape<T>(1000, 24, o, 2, 1, f, b, 0); checkShape<T>(777, 96, o, 3, 3, 0, 0, 0);
            checkShape<T>(20011, 128, o, 3, 5, f, b, 4); checkShape<T>(5003, 200, o, 4, 7, 2, 1, 3); checkShape<T>(37, 1000, o, 4, 2, f, b, 0); checkShape<T>(3, 8, o, 0, 1, f, b, 0);
            checkShape<T>(50000, 64, o, 4, 132, f, b, 2); checkShape<T>(70000, 256, o, 4, 33, f, b, 6); } }
}
// The reference against the CPU, once.
static void checkCpu() {
    Options o; o.mean = 10; Case<float> c(1003, 20, o); c.verifyForward([&] { c.runForward(rowsShape(1003, 80, {1, 8}, 1, 4, 4, 4, machine)); });
    std::vector<float> x(c.n), y(c.n), s(20), b(20); CHECK(cudaMemcpy(x.data(), c.x, c.n * 4, cudaMemcpyDeviceToHost)); CHECK(cudaMemcpy(y.data(), c.y, c.n * 4, cudaMemcpyDeviceToHost));
    CHECK(cudaMemcpy(s.data(), vec(0), 80, cudaMemcpyDeviceToHost)); CHECK(cudaMemcpy(b.data(), vec(1), 80, cudaMemcpyDeviceToHost));
    double worstE = 0;
    for (int ch = 0; ch < 20; ch++) { double m = 0, v = 0; for (int r = 0; r < 1003; r++) m += x[r * 20 + ch]; m /= 1003; for (int r = 0; r < 1003; r++) v += (x[r * 20 + ch] - m) * (x[r * 20 + ch] - m); v /= 1003;
        for (int r = 0; r < 1003; r++) worstE = std::max(worstE, fabs(y[r * 20 + ch] - ((x[r * 20 + ch] - m) / sqrt(v + 1e-5) * s[ch] + b[ch]))); }
    printf("CPU float64 check of the forward kernel: max abs error %.2g\n", worstE); if (!(worstE < 3e-6)) failures++;
}
struct Cell { const char* name; int bits; long R; int C; double cf, cb; };
static const Cell cells[] = {
    {"f32 128x64x112x112", 32, 1605632, 64, 310, 484}, {"f32 128x256x56x56", 32, 401408, 256, 345, 518}, {"f32 128x512x28x28", 32, 100352, 512, 201, 265},
    {"f32 128x1024x14x14", 32, 25088, 1024, 112, 139}, {"f32 128x2048x7x7", 32, 6272, 2048, 56, 66}, {"f32 4096x1024", 32, 4096, 1024, 20, 31}, {"f32 8x64x28x28", 32, 6272, 64, 11, 10}, {"f32 32x64x56x56", 32, 100352, 64, 0, 0},
    {"f16 128x64x112x112", 16, 1605632, 64, 186, 256}, {"f16 128x256x56x56", 16, 401408, 256, 202, 273}, {"f16 128x512x28x28", 16, 100352, 512, 0, 0}, {"f16 128x1024x14x14", 16, 25088, 1024, 64, 99}, {"f16 128x2048x7x7", 16, 6272, 2048, 42, 46}};
template <typename T> void sweep(const Cell& cell) {
    Options o; Case<T> c(cell.R, cell.C, o); const long rb = cell.C * sizeof(T); const size_t bytes = c.n * sizeof(T);
    float copy = median([&] { cudaMemcpyAsync(arena[5], c.x, bytes, cudaMemcpyDeviceToDevice); });
    printf("%s: %.0f MB copy %.1f us; cuDNN %g/%g\n", cell.name, bytes / 1e6, copy, cell.cf, cell.cb);
    for (int back = 0; back < 2; back++) {
        struct R { double t; char text[100]; }; std::vector<R> results; int bad = 0; double worstW = 0;
        for (int shift = 1; shift <= 4; shift++) {
            if ((16 << shift) > rb && shift > 1 && (8 << shift) >= rb) continue;
            if (cell.R > 50000 && (16 << shift) < 128 && rb > 128) continue;
            for (int G : {1, 2, 3, 4, 6, 8, 11, 13, 16, 22, 26, 33, 44, 66, 132}) {
                for (int kept = 0; kept < 2; kept++) for (int hot : {0, 24, 40}) for (int two = 0; two < 2; two++) {
                    RowsKernel k{back ? 2u : 1u, (uint32_t)(kept ? (back ? Kernels<T>::kb : Kernels<T>::kf) : 0)};
                    BnRowsShape s = rowsShape(cell.R, rb, k, shift, G, back ? 3 : 6, 16 / sizeof(T), machine, (uint64_t)hot << 20);
                    if (!kept && bytes > 30e6) continue;
                    if (s.groups * G < 100 && bytes > 10e6) continue;
                    if (s.streamed > s.items * 0.6 && (G != 132 && G != 66)) continue;
                    if (s.streamed == 0 && hot) continue;
                    if (two && (hot != 24 || G * (16 / sizeof(T) << shift) > 4096) && !(s.streamed == 0 && G > 4)) continue;
                    if (two) s.twoStage ^= 1;
                    R r; double w; snprintf(r.text, 100, "W%d G%dx%u it %u reg %u str %u hot %u two %u", 16 << shift, G, s.groups, s.items, s.inRegisters, s.streamed, s.hot, s.twoStage); watch(r.text);
                    if (back) { w = c.verifyBackward([&] { c.runBackward(s); }); r.t = median([&] { c.runBackward(s); }, 7); }
                    else { w = c.verifyForward([&] { c.runForward(s); }); r.t = median([&] { c.runForward(s); }, 7); }
                    if (!(w <= 1)) { bad++; worstW = std::max(worstW, w); failures++; } results.push_back(r);
                }
            }
        }
        if (bad) printf("  WRONG in %d of %zu, worst %.3g\n", bad, results.size(), worstW);
        std::sort(results.begin(), results.end(), [](const R& a, const R& b) { return a.t < b.t; });
        const double floorT = copy * (back ? 1.5 : 1), lib = back ? cell.cb : cell.cf;
        for (size_t i = 0; i < results.size() && i < 5; i++) printf(" %s %.1f frac %.3f x%.2f %s\n", back ? "bwd" : "fwd", results[i].t, floorT / results[i].t, lib / results[i].t, results[i].text);
    }
    fflush(stdout);
}
struct SplitCell { const char* name; int bits; long R; int C; double cf, cb; };
static const SplitCell splitCells[] = {{"f32 128x255x28x28", 32, 100352, 255, 359, 355}, {"f32 128x3x224x224", 32, 6422528, 3, 138, 143}, {"f32 128x30x56x56", 32, 401408, 30, 136, 158}, {"f32 128x64x112x112", 32, 1605632, 64, 310, 484}, {"f32 128x256x56x56", 32, 401408, 256, 345, 518}, {"f32 8x30x28x28", 32, 6272, 30, 0, 0}, {"f32 8x64x28x28", 32, 6272, 64, 11, 10}, {"f32 4096x1024", 32, 4096, 1024, 20, 31},
    {"f16 128x64x112x112", 16, 1605632, 64, 186, 256}, {"f16 128x256x56x56", 16, 401408, 256, 202, 273}, {"f16 128x255x28x28", 16, 100352, 255, 0, 0}, {"f16 128x3x224x224", 16, 6422528, 3, 0, 0}, {"f16 16x32x16x56x56", 16, 802816, 32, 106, 135}};
template <typename T> void timeSplit(const SplitCell& cell) {
    Options o; Case<T> c(cell.R, cell.C, o); watch(cell.name); const size_t bytes = c.n * sizeof(T);
    float copy = median([&] { cudaMemcpyAsync(arena[5], c.x, bytes, cudaMemcpyDeviceToDevice); });
    double wf = c.verifyForward([&] { c.runSplit(false); }), wb = c.verifyBackward([&] { c.runSplit(true); });
    float f = median([&] { c.runSplit(false); }), b = median([&] { c.runSplit(true); });
    printf("split %s: copy %.1f; fwd %.1f frac %.3f x%.2f (err %.2f) bwd %.1f frac %.3f x%.2f (err %.2f)\n", cell.name, copy, f, copy / f, cell.cf / f, wf, b, 1.5 * copy / b, cell.cb / b, wb); if (!(wf <= 1 && wb <= 1)) failures++;
}
struct Tune { int cell, back, shift, G, kept, reserve, hot, flags, stagger; };
template <typename T> BnRowsShape tuned(const Cell& cell, const Tune& t) {
    RowsKernel k{t.back ? 2u : 1u, (uint32_t)(t.kept < 0 ? (t.back ? Kernels<T>::kb : Kernels<T>::kf) : t.kept)};
    BnRowsShape s = rowsShape(cell.R, cell.C * sizeof(T), k, t.shift, t.G, t.reserve, 16 / sizeof(T), machine, (uint64_t)t.hot << 20); s.twoStage ^= t.flags; s.stagger = t.stagger; return s;
}
template <typename T> void tune(const Cell& cell, int index) {
    Options o; Case<T> c(cell.R, cell.C, o); const size_t bytes = c.n * sizeof(T);
    float copy = median([&] { cudaMemcpyAsync(arena[5], c.x, bytes, cudaMemcpyDeviceToDevice); });
    printf("%s copy %.1f cuDNN %g/%g\n", cell.name, copy, cell.cf, cell.cb);
    for (int back = 0; back < 2; back++) {
        struct R { double t; char text[120]; }; std::vector<R> results; int bad = 0;
        const BnRowsShape base = tuned<T>(cell, {index, back, 4, 66, -1, back ? 2 : 4, 32, 0, 0});
        auto go = [&](Tune t) { BnRowsShape s = tuned<T>(cell, t); if (s.groups == 1 && t.stagger) return; if (!s.streamed && (t.flags & 2)) return; R r; snprintf(r.text, 120, "W%d G%dx%u it %u reg %u str %u hot %u fl %d stag %u reserve %d", 16 << t.shift, t.G, s.groups, s.items, s.inRegisters, s.streamed, s.hot, t.flags, s.stagger, t.reserve); watch(r.text);
            double w = back ? c.verifyBackward([&] { c.runBackward(s); }) : c.verifyForward([&] { c.runForward(s); }); if (!(w <= 1)) bad++;
            r.t = back ? median([&] { c.runBackward(s); }, 9) : median([&] { c.runForward(s); }, 9); results.push_back(r); };
        const double mb = bytes / 1e6 * (back ? 1.5 : 1) * 2; (void)base;
        std::vector<std::pair<int, int>> shapes;
        if (index <= 1 || index >= 8 && index <= 9) shapes = {{4, 132}, {4, 66}, {3, 132}, {3, 66}}; else if (index == 2 || index == 10) shapes = {{4, 132}, {4, 66}, {3, 66}, {3, 33}}; else shapes = {{4, 33}, {4, 16}, {3, 16}, {3, 8}, {4, 8}, {3, 4}, {3, 6}, {3, 2}};
        for (auto [sh, G] : shapes) {
            if ((16 << sh) > cell.C * (int)sizeof(T)) continue;
            BnRowsShape s = tuned<T>(cell, {index, back, sh, G, -1, back ? 2 : 4, 32, 0, 0}); const int period = (int)(mb / s.rounds / 4.1 * 1000 / 1000 * 1000 / s.groups); // ns a group and round over groups
            if (s.streamed > 0.75 * s.items) { for (int hot : {0, 16, 32}) go({index, back, sh, G, -1, back ? 2 : 4, hot, 0, 0}); go({index, back, sh, G, -1, back ? 2 : 4, 32, 2, 0}); go({index, back, sh, G, -1, back ? 3 : 6, 32, 0, 0}); }
            else for (int frac : {0, 25, 50, 100}) { go({index, back, sh, G, -1, back ? 3 : 6, 40, 0, period * frac / 100}); if (s.streamed) go({index, back, sh, G, -1, back ? 3 : 6, 40, 2, period * frac / 100}); }
        }
        std::sort(results.begin(), results.end(), [](const R& a, const R& b) { return a.t < b.t; });
        if (bad) { printf("  WRONG %d\n", bad); failures += bad; }
        for (size_t i = 0; i < results.size() && i < 9; i++) printf(" %s %.1f frac %.3f %s\n", back ? "bwd" : "fwd", results[i].t, copy * (back ? 1.5 : 1) / results[i].t, results[i].text);
    }
}
template <typename T> BnRowsShape best(long R, int C, int parts, bool full = false) {
    RowsKernel k{(uint32_t)parts, (uint32_t)(parts == 1 ? (full ? 8 : Kernels<T>::kf) : Kernels<T>::kb)}; return rowsBestShape(R, C * sizeof(T), k, 16 / sizeof(T), machine);
}
struct Row { long R; int C; double cf, cb, crf, crb; const char* name; };
static const Row rows32[] = {{1605632, 64, 310, 484, 405, 623, "128x64x112x112"}, {401408, 256, 345, 518, 446, 649, "128x256x56x56"}, {100352, 512, 201, 265, 0, 0, "128x512x28x28"}, {25088, 1024, 112, 139, 139, 167, "128x1024x14x14"}, {6272, 2048, 56, 66, 68, 79, "128x2048x7x7"}, {4096, 1024, 20, 31, 27, 36, "4096x1024"}, {6272, 64, 11, 10, 13, 11, "8x64x28x28"},
    {100352, 64, 0, 0, 0, 0, "32x64x56x56"}, {8, 64, 0, 0, 0, 0, "8x64"}, {32, 4096, 0, 0, 0, 0, "32x4096"}, {65536, 256, 0, 0, 0, 0, "65536x256"}, {256, 1000, 0, 0, 0, 0, "256x1000"}, {3136, 32, 0, 0, 0, 0, "16x32x14x14"}, {12544, 96, 0, 0, 0, 0, "16x96x28x28"}, {1048576, 32, 140, 172, 0, 0, "1x32x1024x1024"}, {802816, 32, 106, 135, 0, 0, "16x32x16x56x56"}, {128, 16384, 61, 88, 0, 0, "32x16384x2x2"}};
static const Row rows16[] = {{1605632, 64, 186, 256, 257, 315, "128x64x112x112"}, {401408, 256, 202, 273, 301, 345, "128x256x56x56"}, {100352, 512, 0, 0, 0, 0, "128x512x28x28"}, {25088, 1024, 64, 99, 92, 115, "128x1024x14x14"}, {6272, 2048, 42, 46, 61, 54, "128x2048x7x7"}, {4096, 1024, 0, 0, 0, 0, "4096x1024"}, {6272, 64, 0, 0, 0, 0, "8x64x28x28"}, {100352, 64, 0, 0, 0, 0, "32x64x56x56"}};
static const Row rowsOdd[] = {{100352, 255, 359, 355, 0, 0, "128x255x28x28"}, {6422528, 3, 138, 143, 0, 0, "128x3x224x224"}, {401408, 30, 136, 158, 0, 0, "128x30x56x56"}, {6272, 30, 0, 0, 0, 0, "8x30x28x28"}, {25690112, 1, 0, 0, 0, 0, "512x1x224x224"}, {128, 255, 0, 0, 0, 0, "128x255"}};
template <typename T> void table(const Row& r) {
    const size_t bytes = r.R * r.C * sizeof(T); const bool fused = r.C * sizeof(T) % 16 == 0; float copy = 0;
    char line[400]; int n = 0;
    for (int mode = 0; mode < 3; mode++) {
        if (mode && !fused) continue;
        Options o; o.relu = mode > 0; o.add = mode == 2; o.seed = 100 + mode; Case<T> c(r.R, r.C, o); watch(r.name);
        if (!mode) copy = median([&] { cudaMemcpyAsync(arena[5], c.x, bytes, cudaMemcpyDeviceToDevice); });
        const BnRowsShape f = fused ? best<T>(r.R, r.C, 1, o.add) : BnRowsShape{}, b = fused ? best<T>(r.R, r.C, o.relu ? 3 : 2) : BnRowsShape{};
        auto fwd = [&] { if (fused) c.runForward(f); else c.runSplit(false); }; auto bwd = [&] { if (fused) c.runBackward(b); else c.runSplit(true); };
        double wf = c.verifyForward(fwd), tf = median(fwd); double wb = c.verifyBackward(bwd), tb = median(bwd);
        if (!(wf <= 1 && wb <= 1)) { failures++; n += snprintf(line + n, 400 - n, "WRONG %g %g ", wf, wb); }
        if (!mode) n += snprintf(line + n, 400 - n, "%s %s copy %.1f | fwd %.1f %.2f x%.2f | bwd %.1f %.2f x%.2f", Kernels<T>::name, r.name, copy, tf, copy / tf, r.cf / tf, tb, 1.5 * copy / tb, r.cb / tb);
        else n += snprintf(line + n, 400 - n, " | %s %.1f %.1f", mode == 1 ? "relu" : "add+relu", tf, tb);
        if (mode == 2 && r.crf > 0) n += snprintf(line + n, 400 - n, " x%.2f x%.2f", r.crf / tf, r.crb / tb);
        if (!mode && fused && r.R * r.C < 30e6) { double t1 = median([&] { c.runSplit(false); }, 9), t2 = median([&] { c.runSplit(true); }, 9); n += snprintf(line + n, 400 - n, " | split %.1f %.1f", t1, t2); }
        if (mode == 0 && fused) n += snprintf(line + n, 400 - n, " [W%d G%dx%d; W%d G%dx%d]", 16 << f.tileShift, f.groupSize, f.groups, 16 << b.tileShift, b.groupSize, b.groups);
    }
    printf("%s\n", line);
}
// Graph replay gives the same bits as launches; two streams at once do not hang.
static void checkGraph() {
    watch("graph"); Options o; Case<float> c(20000, 256, o); const BnRowsShape f = best<float>(20000, 256, 1), b = best<float>(20000, 256, 2); o.f = 1;
    c.resetForward(); c.runForward(f); c.runBackward(b); const uint64_t hy = c.sum(c.y, c.n * 4), hx = c.sum(c.dx, c.n * 4);
    cudaStream_t s, t; CHECK(cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking)); CHECK(cudaStreamCreateWithFlags(&t, cudaStreamNonBlocking));
    cudaGraph_t graph; cudaGraphExec_t exec; launch<BnRowsForward>(rows_forward_f32, c.forward(f), 1, s); CHECK(cudaStreamSynchronize(s));
    CHECK(cudaStreamBeginCapture(s, cudaStreamCaptureModeRelaxed)); for (int i = 0; i < 3; i++) { launch<BnRowsForward>(rows_forward_f32, c.forward(f), 1, s); launch<BnRowsBackward>(rows_backward_f32, c.backward(b), 2, s); } CHECK(cudaStreamEndCapture(s, &graph)); CHECK(cudaGraphInstantiate(&exec, graph, 0));
    poison<<<1024, 256>>>((uint32_t*)c.y, c.n); poison<<<1024, 256>>>((uint32_t*)c.dx, c.n); CHECK(cudaDeviceSynchronize());
    for (int i = 0; i < 5; i++) CHECK(cudaGraphLaunch(exec, s)); CHECK(cudaStreamSynchronize(s));
    if (hy != c.sum(c.y, c.n * 4) || hx != c.sum(c.dx, c.n * 4)) { printf("WRONG graph replay\n"); failures++; } else printf("graph replay: same bits\n");
    char* exchange2; CHECK(cudaMalloc(&exchange2, rowsExchangeBytes(machine))); CHECK(cudaMemset(exchange2, 0, rowsExchangeBytes(machine))); CHECK(cudaDeviceSynchronize());
    for (int i = 0; i < 200; i++) { launch<BnRowsForward>(rows_forward_f32, c.forward(f), 1, s); BnRowsBackward p = c.backward(b); p.exchange = (uint64_t)exchange2; launch<BnRowsBackward>(rows_backward_f32, p, 2, t); }
    CHECK(cudaDeviceSynchronize()); if (hy != c.sum(c.y, c.n * 4)) { printf("WRONG two streams\n"); failures++; } else printf("two streams: no hang, same bits\n");
}
// In place, NaN and Inf that must stay in their channel, a constant channel with epsilon 1e-60, an old NaN that
// averagingFactor 1 removes, absent running and saved statistics.
static void checkSpecial() {
    watch("special"); Options o; const long R = 3001; const int C = 16; Case<float> c(R, C, o); std::vector<float> h(c.n), y(c.n), stat(C), bias(C);
    auto expect = [](bool ok, const char* what) { checks++; if (!ok) { failures++; printf("WRONG special: %s\n", what); } };
    for (int split = 0; split < 2; split++) {
        BnRowsShape s = rowsShape(R, C * 4, {1, 4}, 1, 5, 6, 4, machine); s.streamed = 2; s.hot = 1;
        generate<float><<<64, 256>>>(c.x, c.n, C, 0, 1, 9); CHECK(cudaMemcpy(h.data(), c.x, c.n * 4, cudaMemcpyDeviceToHost));
        for (long r = 0; r < R; r++) h[r * C] = 3.25f; h[7 * C + 1] = NAN; h[2999 * C + 2] = INFINITY; CHECK(cudaMemcpy(c.x, h.data(), c.n * 4, cudaMemcpyHostToDevice));
        c.resetForward(); poison<<<1, 64>>>((uint32_t*)vec(2), C); poison<<<1, 64>>>((uint32_t*)vec(3), C); c.o.f = 1; c.o.relu = true;
        if (split) c.runSplit(false); else { BnRowsForward p = c.forward(s); p.epsilon = 1e-60; launch<BnRowsForward>(rows_forward_f32, p, 1); }
        CHECK(cudaMemcpy(y.data(), c.y, c.n * 4, cudaMemcpyDeviceToHost)); CHECK(cudaMemcpy(bias.data(), vec(1), C * 4, cudaMemcpyDeviceToHost)); CHECK(cudaMemcpy(stat.data(), vec(3), C * 4, cudaMemcpyDeviceToHost));
        bool constant = true, nan = true, others = true; for (long r = 0; r < R; r++) { constant &= y[r * C] == std::max(bias[0], 0.0f); nan &= std::isnan(y[r * C + 1]); for (int k = 3; k < C; k++) others &= std::isfinite(y[r * C + k]); }
        expect(constant, "constant channel"); expect(nan, "NaN passes ReLU"); expect(others, "NaN and Inf stay in their channels"); expect(std::isfinite(stat[5]) && stat[0] == 0 && !std::isfinite(stat[1]) && !std::isfinite(stat[2]), "running variance");
        if (!split) { CHECK(cudaMemcpy(stat.data(), vec(6), C * 4, cudaMemcpyDeviceToHost)); expect(stat[0] == 1e30f, "epsilon 1e-60"); BnRowsForward p = c.forward(s); p.runningMean = p.runningVariance = p.savedMean = p.savedMeanLow = p.savedInverse = 0; launch<BnRowsForward>(rows_forward_f32, p, 1); }
        c.o.relu = false; c.o.f = 0.25; generate<float><<<64, 256>>>(c.x, c.n, C, 0, 1, 9); refStats<float><<<C, 256>>>(c.x, R, C, ref);
        auto forward = [&](float* y) { float* old = c.y; c.y = y; if (split) c.runSplit(false); else c.runForward(s); c.y = old; };
        BnRowsShape b = rowsShape(R, C * 4, {2, 3}, 1, 5, 3, 4, machine); b.streamed = 3; b.hot = 1;
        auto backward = [&](float* dx) { float* old = c.dx; c.dx = dx; if (split) c.runSplit(true); else c.runBackward(b); c.dx = old; };
        forward(c.y); backward(c.dx); const uint64_t hy = c.sum(c.y, c.n * 4), hx = c.sum(c.dx, c.n * 4); backward(c.dy); expect(hx == c.sum(c.dy, c.n * 4), "dx = dy"); forward(c.x); expect(hy == c.sum(c.x, c.n * 4), "y = x");
        generate<float><<<64, 256>>>(c.dy, c.n, C, 0.3, 1, 2);
    }
}
static void checkTiny() { // for compute-sanitizer
    Options o; o.relu = true; o.add = true;
    for (int k = 0; k < 2; k++) { checkShape<float>(333, 24, o, 1, 4, 3, 2, 2); checkShape<__half>(333, 40, o, 2, 3, 8, 3, 0); checkSplit<float>(101, 30, o, true); checkSplit<__half>(101, 3, o, false); o = Options{}; }
    checkShape<float>(5000, 64, o, 2, 20, 1, 1, 3);
    printf("tiny: %d failures\n", failures);
}
int main(int argc, char** argv) {
    setvbuf(stdout, nullptr, _IOLBF, 1 << 16); signal(SIGALRM, onAlarm); setup(); const std::string mode = argc > 1 ? argv[1] : "check";
    if (mode == "check" || mode == "all") { checkCpu(); checkAll<float>(); checkAll<__half>(); checkAll<__nv_bfloat16>(); printf("%d checks, %d failures\n", checks, failures); fflush(stdout); }
    if (mode == "split" || mode == "all") for (auto& c : splitCells) { if (c.bits == 32) timeSplit<float>(c); else timeSplit<__half>(c); }
    if (mode == "sweep" || mode == "all") for (auto& c : cells) { if (c.bits == 32) sweep<float>(c); else sweep<__half>(c); }
    if (mode == "tiny") { alarm(0); checkTiny(); alarm(0); }
    if (mode == "check") { checkSpecial(); printf("special: %d failures\n", failures); checkGraph(); }
    if (mode == "table") { for (auto& r : rows32) table<float>(r); for (auto& r : rows16) table<__half>(r); table<__nv_bfloat16>(rows16[1]); table<__nv_bfloat16>(rows16[3]); for (auto& r : rowsOdd) { table<float>(r); table<__half>(r); } }
    if (mode == "tune") for (int i = 0; i < 13; i++) { if (i == 6 || i == 7) continue; if (cells[i].bits == 32) tune<float>(cells[i], i); else tune<__half>(cells[i], i); }
    if (mode == "one") { int v[9]; for (int i = 0; i < 9; i++) v[i] = atoi(argv[2 + i]); Tune t{v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]}; Options o; Case<float> c(cells[v[0]].R, cells[v[0]].C, o); BnRowsShape s = tuned<float>(cells[v[0]], t); c.resetForward(); for (int i = 0; i < 2; i++) { if (v[1]) c.runBackward(s); else c.runForward(s); } CHECK(cudaDeviceSynchronize()); }
    printf("failures %d\n", failures); return failures != 0;
}
