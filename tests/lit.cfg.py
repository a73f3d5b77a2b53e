# lit.cfg.py - how lit runs this folder.
#
#   lit tests                            uses the build in build/
#   lit tests --param build=DIR          another one
#   lit tests/errors/E0312-*.dp          a few
#
# A test is any file with a RUN line; the others are parts of tests. Substitutions:
#
#   %dpc             the compiler                 %FileCheck %not   LLVM's test tools
#   %cc %cxx         C and C++ compilers          %clang            clang, where `REQUIRES: clang`
#   %runtime         folder of dp_runtime.h       %host             folder of dp_host.h and its friends
#   %libdp_runtime   the runtime library          %root             of the source tree
#   %libdpc          the compiler as a library    %dpc_includes     -I flags for it
#   %strict          the warnings generated code must survive       %python
import glob
import os
import shutil
import subprocess
import sys
import tempfile


def tool(*names):
    """The first of these programs that is installed; versions of LLVM newest first."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    for folder in sorted(glob.glob("/usr/lib/llvm-*/bin"), key=version_of, reverse=True):
        for name in names:
            if os.access(os.path.join(folder, name), os.X_OK):
                return os.path.join(folder, name)
    return None


def version_of(folder):
    return int("".join(c for c in folder.split("llvm-")[1].split("/")[0] if c.isdigit()) or 0)


def has_module(python, module):
    return subprocess.run([python, "-c", "import " + module], capture_output=True).returncode == 0


def runs(command, source):
    """Does this C program build with the command, and run?"""
    if not command[0]:
        return False
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "program")
        with open(program + ".c", "w") as file:
            file.write(source)
        build = command[:1] + [program + ".c", "-o", program] + command[1:]
        return all(subprocess.run(step, capture_output=True).returncode == 0 for step in (build, [program]))


sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run_lines  # noqa: E402

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
build = os.path.abspath(lit_config.params.get("build", os.path.join(root, "build")))
python = shutil.which("python3")
cc = lit_config.params.get("cc") or os.environ.get("CC") or "cc"
cxx = tool("g++", "c++", "clang++")
clang = tool("clang-19", "clang")
archer = next(iter(glob.glob("/usr/lib/llvm-19/lib/libarcher.so")), None)  # tells clang's ThreadSanitizer of OpenMP
file_check = tool("FileCheck", "FileCheck-19")
not_tool = tool("not", "not-19")

if not os.access(os.path.join(build, "dpc"), os.X_OK):
    lit_config.fatal("no compiler at %s/dpc: build it, or give --param build=DIR" % build)
if not file_check or not not_tool:
    lit_config.fatal("FileCheck and not are missing: scripts/setup installs them")

config.name = "dpc"
config.test_format = run_lines.FilesWithRunLines(execute_external=False)
config.suffixes = [".dp", ".dpir", ".c", ".cc", ".py", ".test"]
config.excludes = ["lit.cfg.py", "run_lines.py", "Inputs"]
config.test_source_root = os.path.join(root, "tests")
config.test_exec_root = os.path.join(build, "tests")
config.environment["CC"] = cc
config.environment["PATH"] = os.environ["PATH"]
for name in ("DPC_RANDOM", "DPC_SCALE", "LSAN_OPTIONS", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

includes = "-I%s/compiler -I%s/lang -I%s/runtime -I%s/generated" % (root, root, root, build)
strict = "-Wall -Wextra -pedantic -Wconversion -Werror"
for name, value in [
    ("dpc", os.path.join(build, "dpc")),
    ("FileCheck", file_check),
    ("not", not_tool),
    ("cc", cc),
    ("cxx", cxx),
    ("clang", clang),
    ("runtime", os.path.join(root, "runtime")),
    ("host", os.path.join(root, "runtime", "host")),
    ("libdp_runtime", os.path.join(build, "libdp_runtime.a")),
    ("libdpc", os.path.join(build, "libdpc_core.a")),
    ("dpc_includes", includes),
    ("strict", strict),
    ("root", root),
    ("build", build),
    ("python", python),
    ("archer", archer),
]:
    config.substitutions.append((r"%" + name + r"\b", value or "false"))

for feature, present in [
    ("clang", clang),
    ("cxx", cxx),
    ("numpy", python and has_module(python, "numpy")),
    ("cblas", runs([cc, "-lopenblas"], "#include <cblas.h>\nint main(void) { return (int)cblas_ddot(0, 0, 1, 0, 1); }")),
    ("thread-sanitizer", archer and runs([clang, "-fopenmp", "-fsanitize=thread"], "int main(void) { return 0; }")),
]:
    if present:
        config.available_features.add(feature)
