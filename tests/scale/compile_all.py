# compile_all.py - compiles, or checks, one program of each family of generate.py, or of some.
import argparse
import os
import pathlib
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--dpc", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--lines", default=os.environ.get("DPC_SCALE", "2500"))
parser.add_argument("families", nargs="*", help="default: all")
parser.add_argument("--check", action="store_true", help="dpc check instead of compiling")
options = parser.parse_args()

generator = pathlib.Path(__file__).parent / "generate.py"
room = pathlib.Path(options.out)
room.mkdir(parents=True, exist_ok=True)


def output(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


failed = 0
for family in options.families or output(sys.executable, generator, "--families").stdout.split():
    program = room / f"{family}-{options.lines}.dp"
    program.write_text(output(sys.executable, generator, family, options.lines).stdout)
    if options.check:
        done = output(options.dpc, "check", program, "--points", "1")
    else:
        done = output(options.dpc, program, "-o", program.with_suffix(".c"))
    if done.returncode != 0:
        print(f"{family}: ends with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        failed += 1
sys.exit(failed > 0)
