// oneDNN's batch normalization, float32, scale and shift, plain layouts in and out, memory reused.
#include <cmath>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "protocol.hpp"

namespace {

using dnnl::memory;
using Kind = dnnl::prop_kind;
using Flags = dnnl::normalization_flags;
using Arguments = std::unordered_map<int, memory>;
using Forward = dnnl::batch_normalization_forward;
using Backward = dnnl::batch_normalization_backward;

memory::format_tag tagOf(const std::string& format, std::size_t rank) {
  const bool last = format == "NHWC";
  switch (rank) {
    case 2: return memory::format_tag::nc;
    case 3: return last ? memory::format_tag::nwc : memory::format_tag::ncw;
    case 4: return last ? memory::format_tag::nhwc : memory::format_tag::nchw;
    case 5: return last ? memory::format_tag::ndhwc : memory::format_tag::ncdhw;
    default: throw std::runtime_error("rank 2 to 5 only");
  }
}

struct Layer {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  float epsilon;
  memory::desc tensor, channels;
  memory x, y, dy, dx, scale, shift, dScale, dShift, batchMean, batchVariance, mean, variance;
  Forward training, inference;
  Backward backward;

  explicit Layer(const Message& message) : epsilon(static_cast<float>(message.number("epsilon"))) {
    const auto dims = message.numbers("dims");
    const auto f32 = memory::data_type::f32;
    tensor = {memory::dims(dims.begin(), dims.end()), f32, tagOf(message.text("format"), dims.size())};
    channels = {memory::dims{dims[1]}, f32, memory::format_tag::a};
    const auto folder = message.text("folder");
    x = load(folder, "x", tensor);
    dy = load(folder, "dy", tensor);
    y = memory(tensor, engine);
    dx = memory(tensor, engine);
    scale = load(folder, "scale", channels);
    shift = load(folder, "bias", channels);
    mean = load(folder, "mean", channels);
    variance = load(folder, "variance", channels);
    for (auto* fresh : {&dScale, &dShift, &batchMean, &batchVariance}) *fresh = memory(channels, engine);
    prepare();
  }

  void run(const std::string& op) {
    if (op == "training") {
      training.execute(stream, forwardArguments(batchMean, batchVariance));
    } else if (op == "inference") {
      inference.execute(stream, forwardArguments(mean, variance));
    } else {
      backward.execute(stream, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx},
                                {DNNL_ARG_MEAN, batchMean}, {DNNL_ARG_VARIANCE, batchVariance},
                                {DNNL_ARG_SCALE, scale}, {DNNL_ARG_SHIFT, shift},
                                {DNNL_ARG_DIFF_SCALE, dScale}, {DNNL_ARG_DIFF_SHIFT, dShift}});
    }
    stream.wait();
  }

  void check(const std::string& op, const std::string& folder) {
    run(op);
    if (op == "backward") {
      save(folder, "dx", dx);
      save(folder, "dScale", dScale);
      save(folder, "dBias", dShift);
      return;
    }
    save(folder, "y", y);
    if (op == "inference") return;
    save(folder, "savedMean", batchMean);
    const auto count = channels.get_size() / sizeof(float);
    std::vector<float> invStd(count);
    const auto* of = static_cast<const float*>(batchVariance.get_data_handle());
    for (std::size_t i = 0; i < count; i++) invStd[i] = static_cast<float>(1 / std::sqrt(of[i] + double{epsilon}));
    writeValues(folder, "savedInvStd", invStd.data(), count * sizeof(float));
  }

 private:
  void prepare() {
    const auto flags = Flags::use_scale | Flags::use_shift;
    const Forward::desc train(Kind::forward_training, tensor, epsilon, flags);
    const Forward::primitive_desc trainer(train, engine);
    training = Forward(trainer);
    const Forward::desc infer(Kind::forward_inference, tensor, epsilon, flags | Flags::use_global_stats);
    inference = Forward(Forward::primitive_desc(infer, engine));
    const Backward::desc back(Kind::backward, tensor, tensor, epsilon, flags);
    backward = Backward(Backward::primitive_desc(back, engine, trainer));
    // Backward needs the statistics of a forward, whichever operation is asked for first.
    run("training");
  }

  Arguments forwardArguments(const memory& withMean, const memory& withVariance) const {
    return {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}, {DNNL_ARG_MEAN, withMean}, {DNNL_ARG_VARIANCE, withVariance},
            {DNNL_ARG_SCALE, scale}, {DNNL_ARG_SHIFT, shift}};
  }

  memory load(const std::string& folder, const char* name, const memory::desc& desc) const {
    memory loaded(desc, engine);
    readValues(folder, name, loaded.get_data_handle(), desc.get_size());
    return loaded;
  }

  static void save(const std::string& folder, const char* name, const memory& from) {
    writeValues(folder, name, from.get_data_handle(), from.get_desc().get_size());
  }
};

std::string describe(const char* threads) {
  const auto* version = dnnl_version();
  return "{\"version\":\"" + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + "\",\"threads\":" + threads +
         ",\"note\":\"C++ driver; plain layouts in and out, memory reused\"}";
}

}  // namespace

int main(int, char** arguments) {
  std::unique_ptr<Layer> layer;
  serve([&](const Message& message) -> std::string {
    const auto what = message.text("do");
    if (what == "describe") return describe(arguments[1]);
    if (what == "unload") {
      layer.reset();
      return "null";
    }
    if (what == "load") {
      layer.reset();
      if (message.text("dataType") != "float32") return R"({"operations":[],"missing":"float32 only"})";
      layer = std::make_unique<Layer>(message);
      return R"({"operations":["training","backward","inference"],"missing":""})";
    }
    if (!layer) throw std::runtime_error("nothing is loaded");
    const auto op = message.text("op");
    if (what == "time") return std::to_string(timeCalls(message, [&] { layer->run(op); }));
    if (what != "check") throw std::runtime_error("cannot " + what);
    layer->check(op, message.text("folder"));
    return "null";
  });
}
