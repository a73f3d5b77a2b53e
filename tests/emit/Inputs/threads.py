# threads.py - compiles parallel_main.c without OpenMP and with it, runs it on several threads, and compares the
# files that it writes: with each other to the bit, with serial.out to rounding.
#
#   threads.py "COMPILER AND FILES" [flag..]
import os
import shlex
import struct
import subprocess
import sys

command = shlex.split(sys.argv[1])
flags = sys.argv[2:]


def build(name, more):
    subprocess.run(command[:1] + flags + more + command[1:] + ["-o", name], check=True)


def run(program, threads):
    path = "%s%d.out" % (program, threads)
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OMP_DYNAMIC="false")
    subprocess.run(["./" + program, path], check=True, env=environment)
    with open(path, "rb") as file:
        return file.read()


def numbers(data):
    return struct.unpack("%dd" % (len(data) // 8), data)


build("plain", [])
# Every loop, however short, on all threads.
build("threaded", ["-fopenmp", "-DDP_PARALLEL_WORK=0"])
expected = run("plain", 1)
for count in (1, 2, 3, 4):
    if run("threaded", count) != expected:
        sys.exit("%d threads give other bits" % count)
with open("serial.out", "rb") as file:
    serial = numbers(file.read())
parallel = numbers(expected)
if len(serial) != len(parallel) or len(serial) < 1000:
    sys.exit("%d numbers instead of %d" % (len(parallel), len(serial)))
for k, (a, b) in enumerate(zip(serial, parallel)):
    if abs(a - b) > 1e-9 * (1 + abs(a)):
        sys.exit("number %d: %r in parallel, %r without" % (k, b, a))
