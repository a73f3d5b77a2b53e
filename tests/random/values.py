# values.py - random programs with and without the passes: they must compute the same values.
#
#   values.py --dpc DPC --out DIR [--count N] [--seed S]
#
# A primal that is consistently wrong passes every comparison of derivatives with differences. So each
# program is compiled twice: as users do it, and with no pass but derive, which is the elaborated program as it
# stands, written as C. Both are called at the same points. What differs stays in DIR.
import argparse
import concurrent.futures
import ctypes
import os
import pathlib
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import generate

PER_FILE = 10
SIZES = [(3, 4, 2), (5, 3, 3), (4, 6, 0), (6, 5, 1)]  # n, m and the int k
TOLERANCE = 1e-9
FLAGS = ["-O1", "-ffp-contract=off", "-shared", "-fPIC"]
PARAMETER = re.compile(r"(?:const )?(\w+) (\*?)(\w+), +/\* (size|in|out)(?: \[(.*?)\])? \*/")


def command(*words):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError("%s\n%s" % (" ".join(map(str, words)), done.stderr[-2000:]))


def library(source):
    target = source.with_suffix(".so")
    command(os.environ.get("CC", "cc"), *FLAGS, source, "-o", target, "-lm")
    return ctypes.CDLL(str(target.resolve()))


def with_passes(dpc, program, folder):
    command(dpc, program, "--prefix", "p", "--standalone", "-o", folder / "all.c")
    return library(folder / "all.c")


def without_passes(dpc, program, folder):
    first, derived = folder / "elaborated.dpir", folder / "derived.dpir"
    command(dpc, program, "--prefix", "p", "--stop-after=elaborate", "-o", first)
    command(dpc, "--start-from", first, "--from-pass=derive", "--stop-after=derive", "-o", derived)
    command(dpc, "--start-from", derived, "--from-pass=emit", "--prefix", "p", "--standalone", "-o",
            folder / "plain.c")
    return library(folder / "plain.c")


def prototypes(header):
    """Of each function the parameters: type, whether it is a pointer, name, role, dimensions."""
    found = {}
    for name, text in re.findall(r"^int (p_\w+)\((.*?)void \*work, size_t work_bytes\);", header, re.S | re.M):
        found[name] = PARAMETER.findall(text)
    return found


def elements(dims, known):
    count = 1
    for dim in filter(None, dims.split(", ")):
        count *= known[dim] if dim in known else int(dim)
    return count


def call(library, name, parameters, known, seed):
    """The status and all outputs at the point that the seed means."""
    rng, values, outputs = random.Random(seed), [], []
    for type_name, pointer, parameter, role, dims in parameters:
        if role == "size" or type_name == "int64_t":
            values.append(ctypes.c_int64(known[parameter]))
            continue
        array = (ctypes.c_double * elements(dims, known))()
        if role == "in":
            for i in range(len(array)):
                array[i] = rng.uniform(-1.5, 1.5)
        else:
            outputs.append(array)
        values.append(array if pointer else ctypes.c_double(array[0]))
    needed = getattr(library, name + "_work")
    needed.restype = ctypes.c_size_t
    n_bytes = needed(*values[:2])
    room = (ctypes.c_double * (n_bytes // 8 + 9))()
    at = -(-ctypes.addressof(room) // 64) * 64
    status = getattr(library, name)(*values, ctypes.c_void_p(at), ctypes.c_size_t(n_bytes))
    return status, [list(output) for output in outputs]


def same_number(x, y):
    return x == y or (x != x and y != y) or abs(x - y) <= TOLERANCE * max(1, abs(x), abs(y))


def same(one, other):
    if one[0] != other[0]:
        return False
    return one[0] != 0 or all(same_number(x, y) for a, b in zip(one[1], other[1]) for x, y in zip(a, b))


def compare(dpc, folder, seed):
    """None, or what differs. At one point alone a comparison may fall the other way by rounding."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / ("values-%d.dp" % seed)
    program.write_text(generate.program(seed, PER_FILE))
    try:
        libraries = [with_passes(dpc, program, folder), without_passes(dpc, program, folder)]
    except (RuntimeError, subprocess.TimeoutExpired) as fault:
        return "%s: %s" % (program, fault)
    functions = prototypes((folder / "plain.h").read_text())
    wrong = [] if len(functions) == PER_FILE else ["%d functions are in the header" % len(functions)]
    for name, parameters in functions.items():
        differing = []
        for point, (n, m, k) in enumerate(SIZES):
            known = {"n": n, "m": m, "k": k}
            results = [call(one, name, parameters, known, 1000 * seed + point) for one in libraries]
            if not same(*results):
                differing.append("  with passes %s\n  without     %s" % tuple(results))
        if len(differing) > 1:
            wrong.append("%s differs at %d of %d points\n%s" % (name, len(differing), len(SIZES), differing[0]))
    if wrong:
        return "%s: %s" % (program, "\n".join(wrong))
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dpc", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=int(os.environ.get("DPC_RANDOM", "100")))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    seeds = range(args.seed, args.seed + (args.count + PER_FILE - 1) // PER_FILE)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        failures = list(filter(None, pool.map(lambda s: compare(args.dpc, args.out / str(s), s), seeds)))
    for failure in failures:
        print(failure)
    print("%d of %d random files have the same values" % (len(seeds) - len(failures), len(seeds)))
    return 1 if failures else 0


sys.exit(main())
