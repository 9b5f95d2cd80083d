// Fresh random data, a float64 reference, and comparison of every element, all on the GPU (the reference
// itself is checked against the CPU in check_cpu).
#pragma once
#include <cstdint>
#include <cmath>
#include <cuda_fp16.h>
#include <cuda_bf16.h>

__device__ __forceinline__ uint32_t mix(uint64_t v) { v ^= v >> 33; v *= 0xff51afd7ed558ccdull; v ^= v >> 33; v *= 0xc4ceb9fe1a85ec53ull; v ^= v >> 33; return (uint32_t)v; }
__device__ __forceinline__ double noise(uint64_t i, uint32_t seed) { // sum of 4 uniforms, std 1
    double s = 0; for (int k = 0; k < 4; k++) s += mix(i * 4 + k + ((uint64_t)seed << 40)) * (1.0 / 4294967296.0); return (s - 2.0) * 1.7320508075688772;
}
template <typename T> __device__ __forceinline__ double toD(T v) { return (double)(float)v; }
template <typename T> __global__ void generate(T* out, long n, int C, double mean, double std, uint32_t seed) {
    for (long i = blockIdx.x * (long)blockDim.x + threadIdx.x; i < n; i += (long)gridDim.x * blockDim.x)
        out[i] = (T)(float)(mean * (1 + 0.01 * (i % C % 7)) + std * noise(i, seed));
}
static __global__ void poison(uint32_t* p, long words) { for (long i = blockIdx.x * (long)blockDim.x + threadIdx.x; i < words; i += (long)gridDim.x * blockDim.x) p[i] = 0x7fc1ffc1u; }

struct Ref { double *mean, *m2, *sumG, *sumGx, *absG, *absGx; };
template <typename T> __device__ double maskedG(const T* dy, const T* y, long i) { double g = toD(dy[i]); return y && toD(y[i]) <= 0 ? 0.0 : g; }
__device__ inline double blockSum(double v) {
    __shared__ double s[256]; __syncthreads(); s[threadIdx.x] = v; __syncthreads();
    for (int d = 128; d; d >>= 1) { if (threadIdx.x < d) s[threadIdx.x] += s[threadIdx.x + d]; __syncthreads(); }
    return s[0];
}
// grid (C), block 256: exact two-pass in double
template <typename T> __global__ void refStats(const T* x, long R, int C, Ref ref) {
    const int c = blockIdx.x; double a = 0;
    for (long r = threadIdx.x; r < R; r += 256) a += toD(x[r * C + c]);
    const double mean = blockSum(a) / R; a = 0;
    for (long r = threadIdx.x; r < R; r += 256) { double d = toD(x[r * C + c]) - mean; a += d * d; }
    const double m2 = blockSum(a);
    if (!threadIdx.x) { ref.mean[c] = mean; ref.m2[c] = m2; }
}
template <typename T> __global__ void refGrads(const T* x, const T* dy, const T* y, const float* mean, const float* low, const float* inv, long R, int C, Ref ref) {
    const int c = blockIdx.x; const double mu = (double)mean[c] + low[c], is = inv[c]; double a = 0, b = 0, aa = 0, ab = 0;
    for (long r = threadIdx.x; r < R; r += 256) { double g = maskedG(dy, y, r * C + c), xh = (toD(x[r * C + c]) - mu) * is; a += g; b += g * xh; aa += fabs(g); ab += fabs(g * xh); }
    a = blockSum(a); b = blockSum(b); aa = blockSum(aa); ab = blockSum(ab);
    if (!threadIdx.x) { ref.sumG[c] = a; ref.sumGx[c] = b; ref.absG[c] = aa; ref.absGx[c] = ab; }
}
template <typename T> __device__ double ulp(double v);
template <> __device__ inline double ulp<float>(double v) { return 0; }
template <> __device__ inline double ulp<__half>(double v) { int e; frexp(v, &e); e = max(e, -13); return ldexp(1.0, e - 11); }
template <> __device__ inline double ulp<__nv_bfloat16>(double v) { int e; frexp(v, &e); return ldexp(1.0, e - 8); }
__device__ inline void worse(double* worst, double v) { // v >= 0 or NaN; NaN is worst
    if (!(v >= 0)) v = 1e300; atomicMax((unsigned long long*)worst, __double_as_longlong(v));
}
// worst[0]: abs error; worst[1]: error over what is allowed
template <typename T> __global__ void compareForward(const T* x, const T* z, const T* y, const T* oldY, const float* scale, const float* bias, long R, int C, double eps, double alpha, double beta, int relu, double floorTol, Ref ref, double* worst) {
    double w0 = 0, w1 = 0;
    for (long i = blockIdx.x * (long)blockDim.x + threadIdx.x; i < R * C; i += (long)gridDim.x * blockDim.x) {
        const int c = i % C; const double inv = 1 / sqrt(ref.m2[c] / R + eps), sx = (toD(x[i]) - ref.mean[c]) * inv * scale[c];
        double v = sx + bias[c]; if (z) v += toD(z[i]); if (relu && v <= 0) v = 0; v *= alpha; if (beta != 0) v += beta * toD(oldY[i]);
        const double e = fabs(toD(y[i]) - v), allowed = ulp<T>(v) + 4 * 1.19e-7 * fmax(fmax(fabs(v), fabs((double)bias[c])), fmax(fabs(sx), fabs(scale[c] * 3.0))) + floorTol;
        w0 = !(e <= w0) ? e : w0; w1 = !(e / allowed <= w1) ? e / allowed : w1;
    }
    worse(worst, w0); worse(worst + 1, w1);
}
template <typename T> __global__ void compareBackward(const T* x, const T* dy, const T* y, const T* dx, const T* dz, const T* oldDx, const float* scale, const float* mean, const float* low, const float* inv, long R, int C, double alpha, double beta, Ref ref, double* worst) {
    double w0 = 0, w1 = 0;
    for (long i = blockIdx.x * (long)blockDim.x + threadIdx.x; i < R * C; i += (long)gridDim.x * blockDim.x) {
        const int c = i % C; const double s = alpha * scale[c] * inv[c], xh = (toD(x[i]) - mean[c] - low[c]) * inv[c], g = maskedG(dy, y, i);
        double v = s * (g - ref.sumG[c] / R - xh * ref.sumGx[c] / R); if (beta != 0) v += beta * toD(oldDx[i]);
        const double e = fabs(toD(dx[i]) - v), allowed = 1e-30 + ulp<T>(v) + 1e-6 * (fabs(v) + fabs(s) * (fabs(g) + ref.absG[c] / R + fabs(xh) * ref.absGx[c] / R));
        w0 = !(e <= w0) ? e : w0; w1 = !(e / allowed <= w1) ? e / allowed : w1;
        if (dz && toD(dz[i]) != g) w1 = 1e300;
    }
    worse(worst, w0); worse(worst + 1, w1);
}
// saved/running statistics and parameter gradients; worst[2] and [3]
static __global__ void compareChannels(long R, int C, double eps, double f, int unbiased, const float* sm, const float* sl, const float* si, const float* rm, const float* rv, double oldMean, double oldVar, Ref ref, double* worst) {
    for (int c = threadIdx.x; c < C; c += blockDim.x) {
        const double mean = ref.mean[c], sd = sqrt(ref.m2[c] / R), inv = 1 / sqrt(ref.m2[c] / R + eps), var = ref.m2[c] / (R - unbiased);
        worse(worst + 2, fabs((double)sm[c] + sl[c] - mean) / (1e-6 * sd + 1e-12 * fabs(mean)));
        worse(worst + 2, fabs(si[c] - inv) / (2e-6 * inv));
        worse(worst + 2, fabs(rv[c] - ((1 - f) * oldVar + f * var)) / (2e-6 * ((1 - f) * oldVar + f * var)));
        worse(worst + 2, fabs(rm[c] - ((1 - f) * oldMean + f * mean)) / (2e-7 * (fabs(oldMean) + fabs(mean)) + 1e-6 * sd));
    }
}
static __global__ void compareGrads(int C, const float* ds, const float* db, double alpha, double beta, double old, Ref ref, double* worst) {
    for (int c = threadIdx.x; c < C; c += blockDim.x) {
        worse(worst + 2, fabs(ds[c] - (alpha * ref.sumGx[c] + beta * old)) / (1e-6 * (ref.absGx[c] + fabs(beta * old)) + 1e-30));
        worse(worst + 2, fabs(db[c] - (alpha * ref.sumG[c] + beta * old)) / (1e-6 * (ref.absG[c] + fabs(beta * old)) + 1e-30));
    }
}
