# budgets.py - files, functions and lines stay small enough to be read.
# RUN: %python %s %root
import pathlib
import re
import sys

FILE_LINES, FUNCTION_LINES, COLUMNS = 900, 100, 110
FOLDERS = ["compiler", "runtime", "lang", "cmake", "examples", "bench", "tests"]
SUFFIXES = {".c", ".h", ".def", ".dp", ".l", ".y", ".py", ".cmake"}

root = pathlib.Path(sys.argv[1])
wrong = []


def functions(lines):
    """(name, first line, last line) of every C function: a brace closed in the first column."""
    begin = None
    for number, line in enumerate(lines, 1):
        if re.match(r"[A-Za-z].*\)\s*\{$", line) or (begin is None and line == "{"):
            begin = (number, line)
        elif re.match(r"\s+.*\)\s*\{$", line) and begin is None and re.match(r"\s{8,}", line):
            begin = (number, line)  # the last line of a long parameter list
        elif line == "}" and begin:
            yield begin[1].strip(), begin[0], number
            begin = None


for folder in FOLDERS:
    for path in sorted((root / folder).rglob("*")):
        if path.suffix not in SUFFIXES or "output" in path.parts:
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        name = path.relative_to(root)
        if len(lines) > FILE_LINES:
            wrong.append("%s: %d lines" % (name, len(lines)))
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS and path.suffix in {".c", ".h"}:
                wrong.append("%s:%d: %d columns" % (name, number, len(line)))
        if path.suffix in {".c", ".h"}:
            for head, first, last in functions(lines):
                if last - first + 1 > FUNCTION_LINES:
                    wrong.append("%s:%d: %d lines: %s" % (name, first, last - first + 1, head))

print("\n".join(wrong))
sys.exit(1 if wrong else 0)
