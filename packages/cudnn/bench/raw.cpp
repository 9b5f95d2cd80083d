// Times every legacy call of cuDNN that could compute a cell, without this project in between.
// Input: one cell a line, `float32 NHWC 128 64 112 112`. Output: one JSON object a line.
// Build: g++ -O2 -std=c++17 -I<cuDNN include> -I<CUDA include> raw.cpp -o raw <libcudnn.so.9> <libcuda.so.1>
#include <cuda.h>
#include <cudnn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr std::size_t flushBytes = std::size_t{256} << 20;
constexpr int repeats = 25;
/** Calls slower than this are timed fewer times: their median varies little. */
constexpr float slowMilliseconds = 5;

void check(CUresult status, const char* what) {
  if (status == CUDA_SUCCESS) return;
  std::fprintf(stderr, "%s: CUDA status %d\n", what, static_cast<int>(status));
  std::exit(1);
}

void check(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  std::fprintf(stderr, "%s: %s\n", what, cudnnGetErrorString(status));
  std::exit(1);
}

#define CHECK(call) check(call, #call)

class Buffer {
 public:
  explicit Buffer(std::size_t bytes) {
    CHECK(cuMemAlloc(&address_, std::max<std::size_t>(bytes, 1)));
    CHECK(cuMemsetD8(address_, 0, std::max<std::size_t>(bytes, 1)));
  }
  ~Buffer() { cuMemFree(address_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  CUdeviceptr address() const { return address_; }
  void* get() const { return reinterpret_cast<void*>(address_); }

 private:
  CUdeviceptr address_ = 0;
};

/** One device, its stream, and a clock on it. */
struct Device {
  CUcontext context = nullptr;
  CUstream stream = nullptr;
  CUevent start = nullptr;
  CUevent stop = nullptr;
  cudnnHandle_t cudnn = nullptr;

  explicit Device(int ordinal) {
    CUdevice device = 0;
    CHECK(cuInit(0));
    CHECK(cuDeviceGet(&device, ordinal));
    CHECK(cuDevicePrimaryCtxRetain(&context, device));
    CHECK(cuCtxSetCurrent(context));
    CHECK(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    CHECK(cuEventCreate(&start, CU_EVENT_DEFAULT));
    CHECK(cuEventCreate(&stop, CU_EVENT_DEFAULT));
    CHECK(cudnnCreate(&cudnn));
    CHECK(cudnnSetStream(cudnn, stream));
  }

  /** Median microseconds of `work`, the cache flushed before each run; the status of its first call. */
  cudnnStatus_t time(const std::function<cudnnStatus_t()>& work, const Buffer& flush, double& micros) const {
    for (int i = 0; i < 2; i++) {
      if (const cudnnStatus_t status = work()) return status;
    }
    CHECK(cuStreamSynchronize(stream));
    std::vector<float> times;
    int wanted = repeats;
    while (static_cast<int>(times.size()) < wanted) {
      CHECK(cuMemsetD8Async(flush.address(), 1, flushBytes, stream));
      CHECK(cuEventRecord(start, stream));
      CHECK(work());
      CHECK(cuEventRecord(stop, stream));
      CHECK(cuEventSynchronize(stop));
      float milliseconds = 0;
      CHECK(cuEventElapsedTime(&milliseconds, start, stop));
      times.push_back(milliseconds);
      if (milliseconds > slowMilliseconds) wanted = std::min(wanted, 5);
    }
    std::sort(times.begin(), times.end());
    micros = 1000.0 * times[times.size() / 2];
    return CUDNN_STATUS_SUCCESS;
  }
};

struct Cell {
  std::string dataType, format;
  int n = 0, c = 0, h = 0, w = 0;

  std::string key() const {
    std::ostringstream text;
    text << dataType << ' ' << format << ' ' << n << 'x' << c << 'x' << h << 'x' << w;
    return text.str();
  }
  std::size_t count() const { return static_cast<std::size_t>(n) * c * h * w; }
  std::size_t elementBytes() const { return dataType == "float64" ? 8 : dataType == "float32" ? 4 : 2; }
  cudnnDataType_t type() const {
    if (dataType == "float64") return CUDNN_DATA_DOUBLE;
    if (dataType == "float16") return CUDNN_DATA_HALF;
    return dataType == "bfloat16" ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
  }
};

/** One way to call: a mode, with or without workspace. */
struct Way {
  const char* name;
  cudnnBatchNormMode_t mode;
  bool extended;
};

constexpr Way ways[] = {
    {"spatial", CUDNN_BATCHNORM_SPATIAL, false},
    {"persistent", CUDNN_BATCHNORM_SPATIAL_PERSISTENT, false},
    {"perActivation", CUDNN_BATCHNORM_PER_ACTIVATION, false},
    {"extended", CUDNN_BATCHNORM_SPATIAL_PERSISTENT, true},
};

/** The calls of one cell in one way. */
class Calls {
 public:
  Calls(const Device& device, const Cell& cell, const Way& way)
      : device_(device),
        way_(way),
        wide_(cell.type() == CUDNN_DATA_DOUBLE),
        x_(cell.count() * cell.elementBytes()),
        y_(cell.count() * cell.elementBytes()),
        dy_(cell.count() * cell.elementBytes()),
        dx_(cell.count() * cell.elementBytes()),
        parameters_(parameterSlots * parameterBytes(cell)),
        stride_(parameterBytes(cell)) {
    CHECK(cudnnCreateTensorDescriptor(&tensor_));
    CHECK(cudnnCreateTensorDescriptor(&parameter_));
    const auto format = cell.format == "NHWC" ? CUDNN_TENSOR_NHWC : CUDNN_TENSOR_NCHW;
    CHECK(cudnnSetTensor4dDescriptor(tensor_, format, cell.type(), cell.n, cell.c, cell.h, cell.w));
    CHECK(cudnnDeriveBNTensorDescriptor(parameter_, tensor_, way.mode));
    fill(cell);
    if (way.extended) askSizes();
    workspace_ = new Buffer(std::max(trainingBytes_, backwardBytes_));
    reserve_ = new Buffer(reserveBytes_);
  }
  ~Calls() {
    delete workspace_;
    delete reserve_;
    cudnnDestroyTensorDescriptor(tensor_);
    cudnnDestroyTensorDescriptor(parameter_);
  }
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  cudnnStatus_t training() const {
    if (!way_.extended) {
      return cudnnBatchNormalizationForwardTraining(
          device_.cudnn, way_.mode, one(), zero(), tensor_, x_.get(), tensor_, y_.get(), parameter_,
          at(0), at(1), 0.1, at(2), at(3), 1e-5, at(4), at(5));
    }
    return cudnnBatchNormalizationForwardTrainingEx(
        device_.cudnn, way_.mode, CUDNN_BATCHNORM_OPS_BN, one(), zero(), tensor_, x_.get(), nullptr,
        nullptr, tensor_, y_.get(), parameter_, at(0), at(1), 0.1, at(2), at(3), 1e-5, at(4), at(5),
        nullptr, workspace_->get(), trainingBytes_, reserve_->get(), reserveBytes_);
  }

  cudnnStatus_t backward() const {
    if (!way_.extended) {
      return cudnnBatchNormalizationBackward(device_.cudnn, way_.mode, one(), zero(), one(), zero(),
                                             tensor_, x_.get(), tensor_, dy_.get(), tensor_,
                                             dx_.get(), parameter_, at(0), at(6), at(7), 1e-5,
                                             at(4), at(5));
    }
    return cudnnBatchNormalizationBackwardEx(
        device_.cudnn, way_.mode, CUDNN_BATCHNORM_OPS_BN, one(), zero(), one(), zero(), tensor_,
        x_.get(), nullptr, nullptr, tensor_, dy_.get(), nullptr, nullptr, tensor_, dx_.get(),
        parameter_, at(0), nullptr, at(6), at(7), 1e-5, at(4), at(5), nullptr, workspace_->get(),
        backwardBytes_, reserve_->get(), reserveBytes_);
  }

  cudnnStatus_t inference() const {
    return cudnnBatchNormalizationForwardInference(device_.cudnn, way_.mode, one(), zero(), tensor_,
                                                   x_.get(), tensor_, y_.get(), parameter_, at(0),
                                                   at(1), at(2), at(3), 1e-5);
  }

 private:
  static constexpr int parameterSlots = 8;

  static std::size_t parameterBytes(const Cell& cell) {
    return static_cast<std::size_t>(cell.c) * cell.h * cell.w * 8;
  }

  /** x and dy hold bytes of a pattern, which as numbers of any type are small and finite. */
  void fill(const Cell& cell) {
    const std::size_t words = cell.count() * cell.elementBytes() / 2;
    CHECK(cuMemsetD16(x_.address(), 0x3c01, words));
    CHECK(cuMemsetD16(x_.address(), 0xbb12, words / 3));
    CHECK(cuMemsetD16(dy_.address(), 0x3a53, words));
    CHECK(cuMemsetD32(parameters_.address(), 0x3f800000, parameterSlots * stride_ / 4));
  }

  void askSizes() {
    CHECK(cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
        device_.cudnn, way_.mode, CUDNN_BATCHNORM_OPS_BN, tensor_, nullptr, tensor_, parameter_,
        nullptr, &trainingBytes_));
    CHECK(cudnnGetBatchNormalizationBackwardExWorkspaceSize(
        device_.cudnn, way_.mode, CUDNN_BATCHNORM_OPS_BN, tensor_, nullptr, tensor_, nullptr,
        tensor_, parameter_, nullptr, &backwardBytes_));
    CHECK(cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
        device_.cudnn, way_.mode, CUDNN_BATCHNORM_OPS_BN, nullptr, tensor_, &reserveBytes_));
  }

  void* at(int slot) const {
    return reinterpret_cast<void*>(parameters_.address() + slot * stride_);
  }
  const void* one() const { return wide_ ? static_cast<const void*>(&wideOne_) : &one_; }
  const void* zero() const { return wide_ ? static_cast<const void*>(&wideZero_) : &zero_; }

  const Device& device_;
  const Way& way_;
  const bool wide_;
  const float one_ = 1, zero_ = 0;
  const double wideOne_ = 1, wideZero_ = 0;
  Buffer x_, y_, dy_, dx_, parameters_;
  std::size_t stride_;
  cudnnTensorDescriptor_t tensor_ = nullptr, parameter_ = nullptr;
  std::size_t trainingBytes_ = 0, backwardBytes_ = 0, reserveBytes_ = 0;
  Buffer* workspace_ = nullptr;
  Buffer* reserve_ = nullptr;
};

void timeCell(const Device& device, const Cell& cell, const Buffer& flush) {
  for (const Way& way : ways) {
    if (way.extended && cell.format != "NHWC") continue;
    const Calls calls(device, cell, way);
    const std::pair<const char*, std::function<cudnnStatus_t()>> operations[] = {
        {"training", [&] { return calls.training(); }},
        {"backward", [&] { return calls.backward(); }},
        {"inference", [&] { return calls.inference(); }},
    };
    for (const auto& [name, run] : operations) {
      double micros = 0;
      const cudnnStatus_t status = device.time(run, flush, micros);
      std::printf(R"({"kind":"cell","cell":"%s","way":"%s","operation":"%s","status":%d,"microseconds":%.2f})" "\n",
                  cell.key().c_str(), way.name, name, static_cast<int>(status), micros);
      std::fflush(stdout);
    }
  }
}

/** Gigabytes a second that a copy inside the device reads and writes. */
void timeCopy(const Device& device, const Buffer& flush) {
  constexpr std::size_t bytes = std::size_t{512} << 20;
  const Buffer from(bytes), to(bytes);
  double micros = 0;
  device.time(
      [&] {
        CHECK(cuMemcpyDtoDAsync(to.address(), from.address(), bytes, device.stream));
        return CUDNN_STATUS_SUCCESS;
      },
      flush, micros);
  std::printf(R"({"kind":"copy","gigabytesPerSecond":%.1f})" "\n", 2.0 * bytes / micros / 1000);
}

/** Microseconds of the host for one call on the smallest tensor. */
void timeEnqueue(const Device& device) {
  const Cell cell{"float32", "NCHW", 2, 1, 1, 1};
  const Calls calls(device, cell, ways[0]);
  const std::pair<const char*, std::function<cudnnStatus_t()>> operations[] = {
      {"training", [&] { return calls.training(); }},
      {"backward", [&] { return calls.backward(); }},
      {"inference", [&] { return calls.inference(); }},
  };
  for (const auto& [name, run] : operations) {
    constexpr int batch = 500, batches = 20;
    double total = 0;
    for (int i = 0; i <= batches; i++) {
      const auto start = std::chrono::steady_clock::now();
      for (int j = 0; j < batch; j++) CHECK(run());
      const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
      if (i > 0) total += spent.count();
      CHECK(cuStreamSynchronize(device.stream));
    }
    std::printf(R"({"kind":"enqueue","operation":"%s","microseconds":%.3f})" "\n", name, total / (batch * batches));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Device device(argc > 1 ? std::atoi(argv[1]) : 0);
  std::printf(R"({"kind":"versions","cudnn":%zu,"headers":%d})" "\n", cudnnGetVersion(), CUDNN_VERSION);
  const Buffer flush(flushBytes);
  timeCopy(device, flush);
  timeEnqueue(device);
  for (std::string line; std::getline(std::cin, line);) {
    Cell cell;
    std::istringstream words(line);
    if (words >> cell.dataType >> cell.format >> cell.n >> cell.c >> cell.h >> cell.w) timeCell(device, cell, flush);
  }
}
