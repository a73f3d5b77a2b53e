"""complete - every public function, model and constant of lang/std stands in a test of this folder,
and has a comment above it.

RUN: %python %s %root
"""
import glob
import os
import re
import sys

root = sys.argv[1]
tests = ""
for path in sorted(glob.glob(os.path.join(root, "tests/library/*-values.dp"))):
    with open(path, encoding="utf-8") as file:
        tests += re.sub(r"#.*", "", file.read())

faults = []
for path in sorted(glob.glob(os.path.join(root, "lang/std/*.dp"))):
    module = os.path.basename(path)[:-len(".dp")]
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for before, line in zip([""] + lines, lines):
        match = re.match(r"(?:fn|model|record|const)\s+(\w+)", line)
        if not match:
            continue
        name = match.group(1)
        if not before.startswith("# ") or before.startswith("# --"):
            faults.append("%s: no comment above %s" % (path, name))
        use = r"(?<![\w.])%s\(" % name if module == "prelude" else r"\b%s\.%s\b" % (module, name)
        if not re.search(use, tests):
            faults.append("%s: no test of %s" % (path, name))

print("\n".join(faults))
sys.exit(1 if faults else 0)
