# run.py - random programs through `dpc check`: tangents, adjoints and second derivatives must agree.
#
#   run.py --dpc DPC --out DIR [--count N] [--seed S]
#
# N functions (default 200, or $DPC_RANDOM), several to a file. What fails stays in DIR, and
# `dpc check DIR/random-SEED.dp` shows it again.
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import generate

PER_FILE = 10


def optimised(seed):
    """Each fifth file is short, because it is compiled as users do it, which takes longer."""
    return seed % 5 == 0


def compiler(seed):
    flags = "-fopenmp-simd -DDP_USE_SIMD" + (" -O3 -march=native" if optimised(seed) else "")
    return "%s %s" % (os.environ.get("CC", "cc"), flags)


def run(dpc, folder, seed, count):
    """None, or what went wrong."""
    path = folder / ("random-%d.dp" % seed)
    path.write_text(generate.program(seed, 1 if optimised(seed) else count))
    command = [dpc, "check", str(path), "--verify", "--points", "2", "--cc", compiler(seed)]
    try:
        done = subprocess.run(command,
                              capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        return "%s: no end after 10 minutes" % path
    if done.returncode == 0:
        path.unlink()
        return None
    lines = done.stdout.splitlines() + done.stderr.splitlines()
    wrong = [line for line in lines if "WRONG" in line] or lines[:30]
    return "\n".join(["%s: status %d" % (path, done.returncode)] + wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dpc", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=int(os.environ.get("DPC_RANDOM", "200")))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    files = (args.count + PER_FILE - 1) // PER_FILE
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(lambda s: run(args.dpc, args.out, s, PER_FILE),
                           range(args.seed, args.seed + files))
        failures = [failure for failure in results if failure]
    for failure in failures:
        print(failure)
    print("%d of %d random files agree" % (files - len(failures), files))
    return 1 if failures else 0


sys.exit(main())
