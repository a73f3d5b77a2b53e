# compile_cost.py - how the time of dpc grows with the length of programs.
#
#   compile_cost.py DPC [FAMILY ..]      prints a table; all families of tests/scale/generate.py
#
# Processor time, user and system, of the whole process; the least of three runs, because other
# processes can only add to it. Linear growth shows as columns that stay the same.
import pathlib
import resource
import subprocess
import sys
import tempfile

LINES = [1250, 2500, 5000, 10000]
GENERATOR = pathlib.Path(__file__).resolve().parent.parent / "tests" / "scale" / "generate.py"


def generate(*arguments):
    command = [sys.executable, GENERATOR, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def processor_ms(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def measure(dpc, room, families=None):
    """Figures by name: compile.FAMILY.LINES, in milliseconds."""
    figures = {}
    for family in families or generate("--families").split():
        for lines in LINES:
            program = pathlib.Path(room) / "scale.dp"
            program.write_text(generate(family, lines))
            command = [dpc, program, "-o", program.with_suffix(".c")]
            name = f"compile.{family}.{lines}"
            figures[name] = "%.0f" % min(processor_ms(command) for _ in range(3))
            print(f"{name} = {figures[name]}", flush=True)
    return figures


def table(figures):
    families = list(dict.fromkeys(name.split(".")[1] for name in figures))
    head = ["program of", *(f"{lines} lines" for lines in LINES), "ms per 1000 lines, first and last"]
    rows = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for family in families:
        ms = [float(figures[f"compile.{family}.{lines}"]) for lines in LINES]
        rate = [1e3 * time / lines for time, lines in zip(ms, LINES)]
        rows.append([family, *("%.0f" % time for time in ms), "%.0f, %.0f" % (rate[0], rate[-1])])
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def report(figures):
    """The part of docs/BENCHMARKS.md; empty where nothing was measured."""
    mine = {name: value for name, value in figures.items() if name.startswith("compile.")}
    if not mine:
        return ""
    return ("\nLong programs, from `tests/scale/generate.py`: milliseconds of processor time, the least of "
            "three runs.\n\n" + table(mine))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(table(measure(sys.argv[1], folder, sys.argv[2:])))
