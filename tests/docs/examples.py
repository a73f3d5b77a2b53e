# examples.py - every block of dp code in the manuals is a whole program that compiles, warning-free C
# included; one that begins with `# error: CODE` is refused with that code.
# RUN: %python %s --root %root --dpc %dpc --cc %cc --runtime %runtime --out %t
import argparse
import pathlib
import re
import subprocess
import sys

FLAGS = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Werror", "-fsyntax-only"]


def blocks(path):
    """(line, text) of every fenced block of dp code."""
    begin, lines = None, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() == "```dp":
            begin, lines = number, []
        elif line.strip() == "```" and begin:
            yield begin, "\n".join(lines) + "\n"
            begin = None
        elif begin:
            lines.append(line)


def check(args, name, text):
    """None, or what is wrong."""
    source = args.out / (name + ".dp")
    source.write_text(text, encoding="utf-8")
    done = subprocess.run([args.dpc, str(source), "-o", str(source.with_suffix(".c")), "--verify"],
                          capture_output=True, text=True)
    expected = re.match(r"# error: (\w+)", text)
    if expected:
        if done.returncode == 1 and "[%s]" % expected[1] in done.stderr:
            return None
        return "expected error %s\n%s" % (expected[1], done.stderr)
    if done.returncode:
        return done.stderr
    done = subprocess.run([args.cc, *FLAGS, "-I", args.runtime, str(source.with_suffix(".c"))],
                          capture_output=True, text=True)
    return done.stderr if done.returncode else None


def main():
    parser = argparse.ArgumentParser()
    for option in ("root", "dpc", "cc", "runtime", "out"):
        parser.add_argument("--" + option, required=True)
    args = parser.parse_args()
    root, args.out = pathlib.Path(args.root), pathlib.Path(args.out)
    args.out.mkdir(parents=True, exist_ok=True)
    pages = [root / "README.md", root / "lang/REFERENCE.md", *sorted((root / "docs").glob("*.md")),
             *sorted((root / "examples").glob("*/README.md"))]
    count = failed = 0
    for page in pages:
        for line, text in blocks(page):
            count += 1
            wrong = check(args, "%s-%d" % (page.stem, line), text)
            if wrong:
                failed += 1
                print("%s:%d\n%s" % (page.relative_to(root), line, wrong))
    print("%d of %d examples are as the manuals say" % (count - failed, count))
    return 1 if failed or not count else 0


sys.exit(main())
