# run - builds, checks and times every workload of bench/; called by scripts/bench, which says how.
#
# A workload is a folder bench/NAME with main.c and hand.c, programs *.dp, and its peers. A program
# that needs options of dpc says so in a comment: "# Compiled with: --precision float".
import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import compile_cost
import report

bench = pathlib.Path(__file__).resolve().parent
root = bench.parent

# Those of docs/EMBEDDING.md, for both sides.
FLAGS = ("-O3 -march=native -fopenmp-simd -DDP_USE_SIMD "
         "-fno-math-errno -fno-trapping-math -ffp-contract=fast").split()
PEERS = {"jax": "JAX", "torch": "PyTorch"}
PYTORCH_WHEELS = "https://download.pytorch.org/whl/cpu"


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    add = parser.add_argument
    add("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    add("--write", action="store_true", help="write docs/BENCHMARKS.md and its picture")
    add("--only", action="append", default=[], metavar="NAME", help="this workload; may be repeated")
    add("--rounds", type=int, default=201, metavar="N", help="repetitions, at most")
    add("--seconds", type=float, default=10, metavar="S",
        help="what the repetitions of one workload may take, for each implementation")
    add("--threads", type=int, default=1, metavar="N",
        help="measure with N threads as well, by real time")
    add("--no-peers", action="store_true", help="only dpc and the hand-written code")
    add("--install-peers", action="store_true",
        help="download JAX and PyTorch into the build folder, unless they are there")
    add("--python", default=None, metavar="FILE", help="a Python that has the peers")
    return parser.parse_args()


def note(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **options):
    """The command's output; where it fails, its message ends the program."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        note(done.stdout + done.stderr)
        sys.exit(f"bench: failed: {' '.join(str(word) for word in command)}")
    return done.stdout


# ---- the peers ------------------------------------------------------------------------------------


def install_peers(room):
    """A virtual environment with the peers, CPU builds where they can be had."""
    python = room / "peers" / "bin" / "python"
    if not python.exists():
        note("installing JAX and PyTorch in " + str(room / "peers"))
        run([sys.executable, "-m", "venv", room / "peers"])
    pip = [python, "-m", "pip", "install", "--quiet"]
    run(pip + ["jax", "numpy"])
    small = subprocess.run([str(word) for word in pip] + ["--index-url", PYTORCH_WHEELS, "torch"],
                           capture_output=True)
    if small.returncode != 0:
        run(pip + ["torch"])
    return python


def find_peers(options, room):
    """The Python of the peers, and the version of each one that is installed."""
    python = options.python or os.environ.get("BENCH_PYTHON") or room / "peers" / "bin" / "python"
    if options.install_peers:
        python = install_peers(room)
    elif not options.python and not shutil.which(str(python)):
        python = sys.executable
    versions = {}
    for module in PEERS:
        ask = f"import {module}; print({module}.__version__)"
        done = subprocess.run([str(python), "-c", ask], capture_output=True, text=True)
        if done.returncode == 0:
            versions[module] = done.stdout.strip()
        else:
            note(f"{PEERS[module]} is not installed: left out (--install-peers gets it)")
    return python, versions


def compile_ms(options, program, target, extra=()):
    """Makes the C file; the median time that dpc takes for it, in milliseconds."""
    match = re.search(r"^# Compiled with: (.*)$", program.read_text(), re.M)
    command = [options.build / "dpc", program, "-o", target, *extra, *(match[1].split() if match else [])]
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        run(command)
        times.append(time.perf_counter() - begin)
    return "%.1f" % (1e3 * statistics.median(times))


# ---- one workload ---------------------------------------------------------------------------------


class Workload:
    def __init__(self, name, options, figures):
        self.name, self.options, self.figures = name, options, figures
        self.source, self.room = bench / name, options.build / "bench" / name
        self.problem = self.room / "problem"
        self.problem.mkdir(parents=True, exist_ok=True)

    def show(self, name, value):
        self.figures[name] = value
        print(f"{name} = {value}", flush=True)

    def take(self, output, prefix=""):
        for line in output.splitlines():
            match = re.fullmatch(r"(\S+) = (\S+)", line)
            if match:
                self.show(prefix + match[1], match[2])

    def compile_dp(self, room, program, extra):
        target = room / (program.stem + ".c")
        taken = compile_ms(self.options, program, target, extra)
        if not extra:
            self.show(f"{program.stem}.dpc_compile_ms", taken)
        return target

    def build(self):
        for threads in sorted({1, self.options.threads}):
            dpc_extra, cc_extra = ([], []) if threads == 1 else (["--parallel"], ["-fopenmp"])
            room = self.room if threads == 1 else self.room / "threads"
            room.mkdir(exist_ok=True)
            programs = sorted(self.source.glob("*.dp"))
            sources = [self.compile_dp(room, program, dpc_extra) for program in programs]
            sources += sorted(self.source.glob("*.c")) + sorted(bench.glob("*.c"))
            run([os.environ.get("CC", "gcc"), *FLAGS, *cc_extra, "-I", room, "-I", root / "runtime",
                 *sources, self.options.build / "libdp_runtime.a", "-lm", "-o", self.program(threads)])

    def program(self, threads):
        return self.room / (self.name if threads == 1 else f"{self.name}-threads")

    def run_program(self, threads, *words):
        return run([self.program(threads), *words], env={**os.environ, "OMP_NUM_THREADS": str(threads)})

    def check_and_time(self):
        self.take(self.run_program(1, "check", self.problem))
        limits = (str(self.options.rounds), str(self.options.seconds))
        self.take(self.run_program(1, "time", *limits))
        pairs = [name.split(".")[0] for name in self.figures if name.endswith(".ratio_hand")]
        for pair in [pair for pair in pairs if f"{pair}.peak_mb" not in self.figures]:
            for side in ("dpc", "hand"):
                self.take(self.run_program(1, "memory", pair, side))
        if self.options.threads > 1:
            self.run_program(self.options.threads, "check")
            for line in self.run_program(self.options.threads, "time", *limits).splitlines():
                name, value = line.split(" = ")
                self.show(f"{name}_{self.options.threads}_threads", value)

    def run_peer(self, python, peer):
        program = self.source / f"peer_{peer}.py"
        if not program.exists():
            note(f"{self.name}: nothing to compare with in {PEERS[peer]}")
            return
        for threads in sorted({1, self.options.threads}):
            suffix = "" if threads == 1 else f"_{threads}_threads"
            command = [python, program, self.problem, self.options.rounds, self.options.seconds, threads]
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                                  env={**os.environ, "PYTHONPATH": str(bench)})
            if done.returncode < 0:
                note(f"{self.name}: {PEERS[peer]} was killed (by lack of memory?): left out")
                return
            if done.returncode > 0:
                sys.exit(f"bench: {self.name}: {PEERS[peer]} failed\n{done.stdout}{done.stderr}")
            for line in done.stdout.splitlines():
                if " = " in line:
                    metric, value = line.split(" = ")
                    self.show(f"{self.name}.{metric}{suffix}", value)
                else:
                    note(f"{self.name}: {line}")
            self.compare(peer, suffix)

    def compare(self, peer, suffix):
        """The peer's time in units of dpc's: more than 1 where dpc is faster."""
        theirs = self.figures.get(f"{self.name}.{peer}_ms{suffix}")
        ours = self.figures.get(f"{self.name}.dpc_ms{suffix}")
        if theirs and ours:
            ratio = float(theirs) / float(ours)
            self.show(f"{self.name}.ratio_{peer}{suffix}", "%.4g" % ratio)


def main():
    options = arguments()
    room, figures = options.build / "bench", {}
    room.mkdir(exist_ok=True)
    names = sorted(path.parent.name for path in bench.glob("*/main.c"))
    unknown = set(options.only) - set(names)
    if unknown:
        sys.exit(f"bench: no workload {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    python, versions = (None, {}) if options.no_peers else find_peers(options, room)
    chosen = [name for name in names if not options.only or name in options.only]
    for number, name in enumerate(chosen, 1):
        note(f"[{number}/{len(chosen)}] {name}")
        workload = Workload(name, options, figures)
        workload.build()
        workload.check_and_time()
        for peer in versions:
            workload.run_peer(python, peer)
    if not options.only:
        figures.update(compile_cost.measure(options.build / "dpc", room))
    for program in [] if options.only else sorted(root.glob("examples/*/*.dp")):
        name = f"{program.stem}.dpc_compile_ms"
        figures[name] = compile_ms(options, program, room / "example.c")
        print(f"{name} = {figures[name]}", flush=True)
    (room / "figures").write_text("".join(f"{name} = {value}\n" for name, value in figures.items()))
    if options.write:
        report.write(root, figures, versions, options, " ".join(FLAGS))


main()
