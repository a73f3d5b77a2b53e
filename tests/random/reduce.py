# reduce.py - makes a failing program small: drops lines and blocks as long as it fails in the same way.
#
#   reduce.py FILE.dp PATTERN COMMAND...     COMMAND with the file's name appended must print PATTERN
#
# for example  reduce.py random-7.dp WRONG build/dpc check
# The smallest program found replaces FILE.dp.min.
import pathlib
import re
import subprocess
import sys


def fails(command, pattern, path, lines):
    path.write_text("\n".join(lines) + "\n")
    done = subprocess.run(command + [str(path)], capture_output=True, text=True)
    return re.search(pattern, done.stdout + done.stderr) is not None


def block_end(lines, begin):
    """The line after the block that opens on line begin; begin + 1 where none does."""
    depth = 0
    for at in range(begin, len(lines)):
        depth += lines[at].count("{") - lines[at].count("}")
        if depth <= 0:
            return at + 1
    return begin + 1


def candidates(lines):
    """Smaller programs: without a block, without its frame, without a line."""
    for begin in range(len(lines)):
        end = block_end(lines, begin)
        yield lines[:begin] + lines[end:]
        if end > begin + 2:
            yield lines[:begin] + lines[begin + 1:end - 1] + lines[end:]
    # A simpler right side.
    for at, line in enumerate(lines):
        assignment = re.match(r"(\s*[\w\[\], :.-]+ [-+*]?= )(?!fn)(.+)$", line)
        if assignment and not line.rstrip().endswith("{"):
            for part in parts(assignment[2]):
                yield lines[:at] + [assignment[1] + part] + lines[at + 1:]


def parts(expression):
    """The insides of its brackets."""
    opened = []
    for at, sign in enumerate(expression):
        if sign in "([":
            opened.append(at)
        elif sign in ")]" and opened:
            begin = opened.pop()
            inner = expression[begin + 1:at]
            if inner and inner != expression and "," not in inner:
                yield inner


def main():
    path, pattern, command = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    trial = path.with_suffix(".trial.dp")
    lines = path.read_text().splitlines()
    if not fails(command, pattern, trial, lines):
        sys.exit("it does not fail in this way")
    smaller = True
    while smaller:
        smaller = False
        for candidate in candidates(lines):
            if fails(command, pattern, trial, candidate):
                lines, smaller = candidate, True
                break
    trial.unlink()
    path.with_suffix(".dp.min").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
