# report - the figures of a run as docs/BENCHMARKS.md and its picture.
import os
import pathlib
import platform
import subprocess

import compile_cost
import picture

TITLES = {"jax": "JAX", "torch": "PyTorch"}

INTRODUCTION = """# Benchmarks

Written by `sh scripts/bench --write`; every figure is from that one run. What the workloads are, and how the comparison is
kept fair, is in [bench/README.md](../bench/README.md).
"""

READING = """
Times are of one call for the value and its gradient, in milliseconds: medians, interleaved, of processor time on one
thread. `dpc / hand` is dpc's time over that of the hand-written gradient (below 1: dpc is faster); under a peer's name is
the peer's time over dpc's (above 1: dpc is faster). `gradient / value` is dpc's time for both over its time for the value alone.
Memory is what a process's peak grows by during one gradient (JAX: what XLA plans as temporaries and results).
Before anything is timed, gradients must agree with each other and with central differences.
"""


def machine():
    """The processor's name, as Linux has it."""
    path = pathlib.Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.exists() else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def first_line(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else "?"


def table(header, rows):
    """Markdown; all columns but the first are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def circumstances(root, versions, options, flags):
    commit = first_line("git", "-C", root, "rev-parse", "--short", "HEAD")
    dpc = first_line(options.build / "dpc", "--version")
    rows = [["machine", f"{machine()}, {os.cpu_count()} processors, {platform.system()} "
             f"{platform.machine()}, load {os.getloadavg()[0]:.1f} at the end"],
            ["C compiler", first_line(os.environ.get("CC", "gcc"), "--version")],
            ["flags, for generated and hand-written code", f"`{flags}`"],
            ["dpc", f"{dpc}, commit {commit}"]]
    rows += [[TITLES[peer], version] for peer, version in versions.items()]
    return "\n" + "\n".join(f"| {name} | {text} |" for name, text in [["", ""], ["---", "---"], *rows])


class Figures:
    def __init__(self, figures, versions):
        self.figures, self.peers = figures, list(versions)
        self.names = [name.split(".")[0] for name in figures if name.endswith(".ratio_hand")]

    def text(self, name, metric, form="%.3g"):
        value = self.figures.get(f"{name}.{metric}")
        return "" if value is None else "%.0f" % float(value) if float(value) >= 1000 else form % float(value)

    def rows(self, *metrics):
        return [[name] + [self.text(name, metric) for metric in metrics] for name in self.names]

    def times(self, suffix=""):
        header = ["", "dpc, ms", "by hand, ms", "dpc / hand"]
        metrics = ["dpc_ms", "hand_ms", "ratio_hand"]
        if not suffix:
            header, metrics = header + ["gradient / value"], metrics + ["adjoint_primal"]
        header += [TITLES[peer] for peer in self.peers]
        metrics += [f"ratio_{peer}" for peer in self.peers]
        return table(header, self.rows(*[metric + suffix for metric in metrics]))

    def memory(self):
        header = ["", "dpc, MB", "by hand, MB"] + [f"{TITLES[peer]}, MB" for peer in self.peers]
        metrics = ["peak_mb", "hand_peak_mb"] + [f"{peer}_peak_mb" for peer in self.peers]
        return table(header, self.rows(*metrics))

    def values(self):
        header = ["", "dpc, value, ms", "by hand, value, ms", "by hand, gradient / value",
                  "dpc against hand", "dpc against differences"]
        return table(header, self.rows("dpc_primal_ms", "hand_primal_ms", "hand_adjoint_primal",
                                       "gradient_difference", "dpc_error"))

    def compiler(self):
        rows = [[name.split(".")[0], value] for name, value in self.figures.items()
                if name.endswith(".dpc_compile_ms")]
        return table(["program", "ms"], rows)


def write(root, figures, versions, options, flags):
    shown = Figures(figures, versions)
    parts = [INTRODUCTION, circumstances(root, versions, options, flags), "\n\n## Time\n",
             "\n![Time relative to dpc](benchmarks.svg)\n\n", shown.times(), READING]
    if options.threads > 1:
        parts += [f"\n## {options.threads} threads\n\nBy real time, with `-fopenmp`.\n\n",
                  shown.times(f"_{options.threads}_threads")]
    parts += ["\n## Memory\n\n", shown.memory(), "\n## Values, and how well results agree\n\n",
              shown.values(), "\n## The compiler\n\nFrom `.dp` to `.c` and `.h`, start of the process "
              "included, median of five runs.\n\n", shown.compiler(),
              compile_cost.report(figures)]
    target = root / "docs" / "BENCHMARKS.md"
    target.with_suffix(".md.new").write_text("".join(parts))
    (root / "docs" / "benchmarks.svg").write_text(picture.draw(shown.names, shown.peers, figures))
    target.with_suffix(".md.new").replace(target)
