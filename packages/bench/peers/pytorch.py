"""PyTorch's batch normalization, float32, behind the harness's protocol (src/protocol/messages.ts).

Calls the operators under torch.nn.functional.batch_norm and its gradient directly, which spares the
autograd bookkeeping; results are allocated in every call, as PyTorch does for its users.
"""

import json
import os
import sys
import time

import numpy
import torch

THREADS = int(sys.argv[1])
AVERAGING_FACTOR = 0.1


def read(folder, name, shape):
    return torch.from_numpy(numpy.fromfile(os.path.join(folder, name + ".bin"), "float32")).reshape(shape)


def write(folder, name, values):
    values.numpy().tofile(os.path.join(folder, name + ".bin"))


class Layer:
    def __init__(self, folder, dims, format, epsilon):
        n, c, *space = dims
        self.last = format == "NHWC" and len(space) > 0
        stored = [n, *space, c] if self.last else dims
        parameter = lambda name: read(folder, name, [c])
        # Moving the last axis makes the channels_last tensor that PyTorch's kernels look for.
        tensor = lambda name: self.logical(read(folder, name, stored))
        self.x, self.dy = tensor("x"), tensor("dy")
        self.scale, self.bias = parameter("scale"), parameter("bias")
        self.mean, self.variance = parameter("mean"), parameter("variance")
        self.running = (torch.zeros(c), torch.ones(c))
        self.epsilon = epsilon
        _, self.saved_mean, self.saved_inv_std = self.training()

    def logical(self, stored):
        return stored.movedim(-1, 1) if self.last else stored

    def stored(self, logical):
        return (logical.movedim(1, -1) if self.last else logical).contiguous()

    def training(self):
        mean, variance = self.running
        return torch.native_batch_norm(
            self.x, self.scale, self.bias, mean, variance, True, AVERAGING_FACTOR, self.epsilon
        )

    def inference(self):
        return torch.native_batch_norm(
            self.x, self.scale, self.bias, self.mean, self.variance, False, AVERAGING_FACTOR, self.epsilon
        )

    def backward(self):
        mean, variance = self.running
        return torch.ops.aten.native_batch_norm_backward(
            self.dy, self.x, self.scale, mean, variance, self.saved_mean, self.saved_inv_std,
            True, self.epsilon, (True, True, True),
        )

    def check(self, op, folder):
        results = getattr(self, op)()
        names = {
            "training": ("y", "savedMean", "savedInvStd"),
            "backward": ("dx", "dScale", "dBias"),
            "inference": ("y",),
        }[op]
        for name, values in zip(names, results):
            write(folder, name, self.stored(values) if name in ("y", "dx") else values)

    def time(self, op, iterations, warm):
        call = getattr(self, op)
        for _ in range(warm):
            call()
        started = time.perf_counter_ns()
        for _ in range(iterations):
            call()
        return time.perf_counter_ns() - started


class Participant:
    layer = None

    def describe(self):
        note = "operators called from Python; allocates its results, as for its users"
        return {"version": torch.__version__, "threads": torch.get_num_threads(), "note": note}

    def load(self, dataType, **case):
        self.layer = None
        if dataType != "float32":
            return {"operations": [], "missing": "float32 only"}
        self.layer = Layer(**case)
        return {"operations": ["training", "backward", "inference"], "missing": ""}

    def check(self, op, folder):
        self.layer.check(op, folder)

    def time(self, op, iterations, warm):
        return self.layer.time(op, iterations, warm)

    def unload(self):
        self.layer = None


def main():
    torch.set_num_threads(THREADS)
    participant = Participant()
    with torch.no_grad():
        for line in sys.stdin:
            message = json.loads(line)
            answer = {"id": message.pop("id")}
            try:
                answer["value"] = getattr(participant, message.pop("do"))(**message)
            except Exception as error:  # Whatever fails is the answer; the harness shows it.
                answer["error"] = f"{type(error).__name__}: {error}".split("\n")[0]
            # Without spaces, as the harness recognises answers by their first characters.
            print(json.dumps(answer, separators=(",", ":")), flush=True)


main()
