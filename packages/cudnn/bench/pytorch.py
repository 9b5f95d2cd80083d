"""Times PyTorch's batch norm on the same cells as raw.cpp: a cell a line in, a JSON object a line out."""

import json
import sys
import time

import torch
import torch.nn.functional as functional

REPEATS = 25
FLUSH = torch.empty(256 << 20, dtype=torch.uint8, device="cuda")


def say(**facts):
    print(json.dumps(facts), flush=True)


def median_microseconds(work):
    for _ in range(3):
        work()
    times = []
    for _ in range(REPEATS):
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        FLUSH.zero_()
        start.record()
        work()
        stop.record()
        stop.synchronize()
        times.append(1000 * start.elapsed_time(stop))
    return sorted(times)[REPEATS // 2]


def layer(data_type, layout, dims):
    x = torch.randn(dims, device="cuda").to(getattr(torch, data_type))
    if layout == "NHWC":
        x = x.to(memory_format=torch.channels_last)
    kind = torch.float64 if data_type == "float64" else torch.float32
    scale, bias, mean = (torch.zeros(dims[1], device="cuda", dtype=kind) for _ in range(3))
    variance = torch.ones(dims[1], device="cuda", dtype=kind)
    return x, scale, bias, mean, variance


def operations(x, scale, bias, mean, variance):
    def training():
        return functional.batch_norm(x, mean, variance, scale, bias, True, 0.1, 1e-5)

    def inference():
        return functional.batch_norm(x, mean, variance, scale, bias, False, 0.1, 1e-5)

    inputs = [tensor.detach().requires_grad_() for tensor in (x, scale, bias)]
    y = functional.batch_norm(inputs[0], mean, variance, inputs[1], inputs[2], True, 0.1, 1e-5)
    dy = torch.randn_like(y)

    def backward():
        return torch.autograd.grad(y, inputs, dy, retain_graph=True)

    return {"training": training, "backward": backward, "inference": inference}


def time_cells():
    for line in sys.stdin:
        data_type, layout, *dims = line.split()
        dims = [int(dim) for dim in dims]
        cell = f"{data_type} {layout} {'x'.join(map(str, dims))}"
        for name, work in operations(*layer(data_type, layout, dims)).items():
            context = torch.enable_grad() if name == "backward" else torch.no_grad()
            with context:
                say(kind="cell", cell=cell, operation=name, microseconds=median_microseconds(work))


def time_enqueue():
    work = operations(*layer("float32", "NCHW", [2, 1, 1, 1]))
    for name in ("training", "inference"):
        with torch.no_grad():
            total = 0.0
            for batch in range(21):
                start = time.perf_counter()
                for _ in range(500):
                    work[name]()
                if batch > 0:
                    total += time.perf_counter() - start
                torch.cuda.synchronize()
            say(kind="enqueue", operation=name, microseconds=1e6 * total / 10000)


say(kind="versions", torch=torch.__version__, cudnn=torch.backends.cudnn.version())
time_enqueue()
time_cells()
