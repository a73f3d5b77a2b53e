# peer - runs a workload's loss in a peer library: checks its gradient against dpc's, then times it.
#
# peer_jax.py and peer_torch.py of a workload define loss(name = array, ...) over the inputs that
# its main.c names, and call run_jax(loss) or run_torch(loss). Called as
#     peer_jax.py FOLDER ROUNDS SECONDS THREADS
# where FOLDER holds what the C program left there. Prints lines "metric = value".
import gc
import json
import math
import os
import pathlib
import sys
import time

folder, rounds, seconds, threads = sys.argv[1:5]
folder, rounds, seconds, threads = pathlib.Path(folder), int(rounds), float(seconds), int(threads)

# Before the libraries are loaded: as many threads as asked for, and no more.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(threads)
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["NPROC"] = str(threads)  # the size of XLA's pool
if threads == 1:
    os.environ["XLA_FLAGS"] = (os.environ.get("XLA_FLAGS", "") +
                               " --xla_cpu_multi_thread_eigen=false")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])

import numpy  # noqa: E402

problem = json.loads((folder / "problem.json").read_text())
names = [entry["name"] for entry in problem["inputs"]]
differentiated = [entry["name"] for entry in problem["inputs"] if entry["differentiated"]]
inputs = {name: numpy.load(folder / f"in.{name}.npy") for name in names}

# Processor time, as for the C programs, so that a busy machine disturbs little; real time with threads.
clock = time.process_time if threads == 1 else time.perf_counter


def resident_mb(field):
    """A line of Linux's /proc/self/status: VmRSS now, VmHWM at most so far."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def show(metric, value):
    print(f"{metric} = {value:.4g}", flush=True)


def median_ms(call):
    """The median of the rounds, after a warm-up: as many as there is time for, at least one."""
    call()
    times = []
    gc.disable()
    while not times or (len(times) < rounds and sum(times) < seconds):
        begin = clock()
        call()
        times.append(clock() - begin)
    gc.enable()
    return 1e3 * sorted(times)[len(times) // 2]


def require(peer, value, gradient):
    """The value and the gradient, a dictionary, must be those that dpc found."""
    expected = float(numpy.load(folder / "value.npy"))
    worst = abs(float(value) - expected) / abs(expected)
    for name in differentiated:
        bar = numpy.load(folder / f"bar.{name}.npy")
        apart = numpy.max(numpy.abs(numpy.asarray(gradient[name]) - bar)) / numpy.max(numpy.abs(bar))
        worst = max(worst, float(apart)) if math.isfinite(apart) else math.inf
    show(f"{peer}_difference", worst)
    if not worst <= problem["agreement"]:
        sys.exit(f"bench: the gradient of {peer} differs by {worst:.3g}")


def run_jax(loss):
    """loss is a function of jax.numpy arrays, given by name; it and its gradient are compiled."""
    import jax
    jax.config.update("jax_enable_x64", problem["real"] == "float64")
    active = {name: jax.numpy.asarray(inputs[name]) for name in differentiated}
    passive = {name: jax.numpy.asarray(inputs[name]) for name in names if name not in active}
    value = jax.jit(lambda active, passive: loss(**active, **passive))
    both = jax.jit(jax.value_and_grad(lambda active, passive: loss(**active, **passive)))
    begin = time.perf_counter()
    compiled = both.lower(active, passive).compile()
    show("jax_compile_ms", 1e3 * (time.perf_counter() - begin))
    found, gradient = jax.block_until_ready(compiled(active, passive))
    require("jax", found, gradient)
    sizes = compiled.memory_analysis()
    if sizes is not None:
        show("jax_peak_mb", (sizes.temp_size_in_bytes + sizes.output_size_in_bytes) / 2**20)
    show("jax_ms", median_ms(lambda: jax.block_until_ready(compiled(active, passive))))
    show("jax_primal_ms", median_ms(lambda: jax.block_until_ready(value(active, passive))))


def run_torch(loss):
    """loss is a function of torch tensors, given by name; operations are recorded as it runs."""
    import torch
    torch.set_num_threads(threads)
    tensors = {name: torch.from_numpy(inputs[name]) for name in names}
    active = [tensors[name].requires_grad_() for name in differentiated]

    def both():
        found = loss(**tensors)
        return found, torch.autograd.grad(found, active)

    def value():
        with torch.no_grad():
            return loss(**tensors)

    before = resident_mb("VmRSS")
    found, gradient = both()
    show("torch_peak_mb", resident_mb("VmHWM") - before)
    require("torch", found.detach(), dict(zip(differentiated, gradient)))
    del found, gradient
    show("torch_ms", median_ms(both))
    show("torch_primal_ms", median_ms(value))
