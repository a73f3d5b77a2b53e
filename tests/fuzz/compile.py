# compile.py - damaged programs through the whole compiler: each must give C or errors, never a fault.
#
#   compile.py --dpc DPC --root TREE --out DIR [--count N] [--seed S] [--cc COMMAND] [--run-every K]
#
# The programs of the tree are cut into tokens and damaged, again and again while they compile: tokens and lines swapped, dropped, repeated,
# replaced, exchanged between files, exported with derivatives. dpc --verify must end with status 0, 1
# with messages, or 3 with a message, within SECONDS of processor time. What compiles must be C99
# without a warning, and every Kth of those runs through `dpc check` with sanitizers; there only
# faults count, since the derivative of a damaged program may well not exist. N is 200 or $DPC_FUZZ.
# What fails stays in DIR; reduce it with tests/random/reduce.py. DPC is best built with DPC_SANITIZE.
import argparse
import os
import pathlib
import random
import re
import resource
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "random"))
import generate

SECONDS = 10
CHAIN = 10  # changes that build on each other
LONGEST = 6000  # bytes of a program; a long one takes long and finds little more
STRICT = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Werror", "-S", "-o", "/dev/null"]
FAULT = re.compile(r"Sanitizer|runtime error:|bug\[|Assertion")

TOKEN = re.compile(r"#[^\n]*|\"[^\"\n]*\"|[^\W\d]\w*|\d[\w.]*(?<!\.)|\s+|\.\.|[-+*/=<>!]=|\*\*|//|.", re.S)
NAME = re.compile(r"[^\W\d]\w*$")
KEYWORDS = set("fn for in if else while max return export model record use const extern adjoint with and or "
               "not grad by checkpoint assert print".split())
OPERATORS = [["+", "-", "*", "/", "^", "@", "%", "//"], ["<", ">", "<=", ">=", "==", "!="],
             ["=", "+=", "-=", "*=", "/="], ["and", "or"], ["(", "[", "{"], [")", "]", "}"], [",", ":", ".."]]
TYPES = ["real", "int", "bool", "real[n]", "real[n, m]", "real[3]", "int[n]", "bool[2]", "real[2, 2]", "real[0]"]
NUMBERS = ["0", "1", "2", "3", "-1", "0.5", "1e308", "1e-320", "9223372036854775807", "4000000000", "inf", "n"]
CALLS = ["sum", "sin", "abs", "sqrt", "max", "len", "transpose", "zeros", "int", "stop_gradient", "periodic",
         "clamp", "argmin", "all", "any", "exp", "norm", "dot", "cumsum", "mean", "not ", "-", "real", "shape"]
LINES = ["%s = grad(%s, %s)", "%s += %s", "%s, %s = %s, %s", "assert %s > 0", "return %s", "%s[0] = %s",
         "%s = %s[1..3]", "%s = [%s for i in 0..3]", "print(\"{}\", %s)", "%s = if %s > 0 { %s } else { %s }",
         "%s = sum(%s)", "%s = %s @ %s", "%s = fn(x) = x*%s", "%s = stop_gradient(%s)", "%s[1, :] = %s",
         "%s = jvp(%s, %s)", "%s, %s = value_and_grad(%s, %s)", "%s = %s(%s)", "%s = periodic(%s)[i-1]",
         "%s = solve(%s, %s)", "%s = concat(%s, %s)", "%s = where(%s > 0, %s, %s)"]
FRAMES = ["for t in 0..4 {", "while %s > 0.5 max 9 {", "if %s > 0 {", "for k in 0..%s {",
          "for k in 5..0 by -1 checkpoint(all) {", "for t in 0..6 checkpoint(binomial, snapshots = 2) {"]
EXPORTS = ["export q%d = grad(%s, %s)", "export q%d = value_and_grad(%s, %s)", "export q%d = hvp(%s, %s)",
           "export q%d = vjp(%s, %s)", "export q%d = jvp(%s, %s)", "export q%d = jacobian(%s, %s)"]
WITH = [" with adjoint", " with tangent", " with adjoint, tangent"]
FUNCTION = re.compile(r"^(?:fn|model) (\w+)\((.*?)\)", re.M)


# ---- the programs to begin with ----------------------------------------------------------------------


def blocks_of(reference):
    return re.findall(r"```dp\n(.*?)```", reference, re.S)


def examples_of(errors):
    """The programs in lang/errors.def: C strings that hold a whole line of dp."""
    for text in re.findall(r'((?:"(?:[^"\\]|\\.)*"\s*)+)', errors):
        whole = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
        whole = whole.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
        if "fn " in whole or "export " in whole:
            yield whole


def short(texts):
    return [text for text in texts if 0 < len(text) < LONGEST]


def read_programs(root):
    """Those that mostly compile, and those that mostly do not."""
    right, wrong = [], []
    for folder in ("examples", "tests", "bench", "lang/std"):
        for path in sorted((root / folder).rglob("*.dp")):
            (wrong if "errors" in path.parts else right).append(path.read_text(errors="replace"))
    right += [generate.program(seed, 2) for seed in range(30)]
    wrong += blocks_of((root / "lang/REFERENCE.md").read_text())
    wrong += examples_of((root / "lang/errors.def").read_text())
    return short(right), short(wrong)


# ---- damage ------------------------------------------------------------------------------------------


class Damage:
    """Draws from a program's own tokens and lines, and from those of the others."""

    def __init__(self, rng, right, wrong):
        self.rng = rng
        self.right = right
        self.programs = right + wrong

    def names(self, tokens):
        return sorted({t for t in tokens if NAME.match(t) and t not in KEYWORDS}) or ["x"]

    def near(self, tokens, at):
        """A name that stands not far from here, which makes it likely to be known here."""
        near = [t for t in tokens[max(0, at - 60):at + 60] if NAME.match(t) and t not in KEYWORDS]
        return self.rng.choice(near or ["x"])

    def replacement(self, tokens, at):
        token = tokens[at]
        for group in OPERATORS:
            if token in group:
                return self.rng.choice(group)
        if token in ("real", "int", "bool"):
            return self.rng.choice(TYPES)
        if token[0].isdigit():
            return self.rng.choice(NUMBERS + [self.near(tokens, at)])
        if NAME.match(token):
            return self.rng.choice([self.near(tokens, at)]*4 + [self.rng.choice(self.names(tokens)),
                                                               self.rng.choice(NUMBERS)])
        return token

    def tokens(self, text):
        """One token goes, comes again, changes, or is wrapped in a call."""
        tokens = TOKEN.findall(text)
        solid = [i for i, t in enumerate(tokens) if not t.isspace() and not t.startswith("#")]
        if not solid:
            return text
        at = self.rng.choice(solid)
        way = self.rng.randrange(12)
        if way == 0:
            tokens[at] = ""
        elif way == 1:
            tokens[at] *= 2
        elif way == 2:
            other = self.rng.choice(solid)
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif way == 3 and NAME.match(tokens[at]):
            tokens[at] = "%s(%s)" % (self.rng.choice(CALLS), tokens[at])
        elif way == 4 and NAME.match(tokens[at]):
            tokens[at] += self.rng.choice(["[0]", "[:]", "[1..2]", "[0, :]", "[i]", ".x", "(x)", "^2", "*2"])
        elif way == 5 and NAME.match(tokens[at]):
            old, new = tokens[at], self.near(tokens, at)
            tokens = [new if t == old else t for t in tokens]
        else:
            tokens[at] = self.replacement(tokens, at)
        return "".join(tokens)

    def fill(self, form, tokens, at):
        return re.sub("%s", lambda _: self.near(tokens, at), form)

    def lines(self, text):
        """A line goes, comes again, moves, comes from elsewhere or stands in a block of its own."""
        lines = text.split("\n")
        at = self.rng.randrange(len(lines))
        way = self.rng.randrange(8)
        if way == 0:
            del lines[at]
        elif way == 1:
            lines.insert(at, lines[at])
        elif way == 2:
            lines.insert(self.rng.randrange(len(lines)), lines.pop(at))
        elif way == 3:
            lines.insert(at, self.rng.choice(self.rng.choice(self.programs).split("\n")))
        else:
            here = sum(len(TOKEN.findall(line)) + 1 for line in lines[:at])
            tokens = TOKEN.findall(text)
            if way < 6:
                lines.insert(at, self.fill(self.rng.choice(LINES), tokens, here))
            elif way < 7:
                lines[at] = "%s\n%s\n}" % (self.fill(self.rng.choice(FRAMES), tokens, here), lines[at])
            else:
                lines.insert(at, self.fill(self.rng.choice(FRAMES), tokens, here))
                lines.insert(self.rng.randrange(at + 1, len(lines) + 1), "}")
        return "\n".join(lines)

    def splice(self, text):
        """The declarations of two programs, as far as there is room."""
        other = self.rng.choice(self.programs)
        return text + "\n" + other if len(text) + len(other) < LONGEST else text

    def exports(self, text):
        """A function leaves with its derivatives."""
        functions = FUNCTION.findall(text)
        if not functions:
            return text
        name, parameters = self.rng.choice(functions)
        if self.rng.random() < 0.4:
            return "%s\nexport %s%s\n" % (text, name, self.rng.choice(WITH))
        wanted = re.findall(r"(\w+)\s*:", parameters) or ["x"]
        target = self.rng.choice(wanted)
        if len(wanted) > 1 and self.rng.random() < 0.3:
            target = "(%s)" % ", ".join(self.rng.sample(wanted, 2))
        return "%s\n%s\n" % (text, self.rng.choice(EXPORTS) % (len(text), name, target))

    def begin(self):
        return self.rng.choice(self.right if self.rng.random() < 0.85 else self.programs)

    def change(self, text):
        for _ in range(self.rng.choice([1, 1, 1, 2, 3])):
            change = self.rng.choice([self.tokens]*8 + [self.lines]*4 + [self.exports]*3 + [self.splice])
            text = change(text)
        return text


# ---- judgement ---------------------------------------------------------------------------------------


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


def run(command):
    """Status and text of a command that may take SECONDS of processor time; the status is < 0 for a signal."""
    options = {"ASAN_OPTIONS": "hard_rss_limit_mb=3000:detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          preexec_fn=limit, env={**os.environ, **options})
    return done.returncode, done.stdout.decode(errors="replace")


def judge_compiler(dpc, path):
    """Status, and what is wrong with it or None."""
    status, text = run([dpc, str(path), "--verify", "-o", str(path.with_suffix(".c")), "--prefix", "fuzz"])
    fault = FAULT.search(text)
    if status < 0 or fault:
        return status, "status %d\n%s" % (status, text[fault.start() if fault else 0:][:3000])
    if status not in (0, 1, 3):
        return status, "status %d\n%s" % (status, text[:1000])
    if status != 0 and not re.search(r"(error|sorry)\[\w+\]: \S", text):
        return status, "status %d without a message\n%s" % (status, text[:1000])
    return status, None


def judge_code(cc, runtime, path):
    status, text = run(cc.split() + STRICT + ["-I", str(runtime), str(path.with_suffix(".c"))])
    return "not strict C99\n%s" % text[:2000] if status else None


def judge_run(dpc, cc, path):
    sanitized = cc + " -fsanitize=address,undefined -fno-sanitize-recover=all"
    status, text = run([dpc, "check", str(path), "--points", "1", "--check-bounds", "--cc", sanitized])
    fault = FAULT.search(text)
    if fault or re.search(r"Segmentation|Aborted|: error: ", text):
        return "dpc check: status %d\n%s" % (status, text[fault.start() if fault else 0:][:3000])
    return None


def judge(args, path, tally):
    """Status of the compiler, and what is wrong or None."""
    status, wrong = judge_compiler(args.dpc, path)
    tally[status] = tally.get(status, 0) + 1
    if wrong or status != 0:
        return status, wrong
    wrong = judge_code(args.cc, args.root / "runtime", path)
    if not wrong and args.run_every and tally[0] % args.run_every == 0:
        wrong = judge_run(args.dpc, args.cc, path)
    return status, wrong


def chain(args, seed, damage, tally):
    """A program that is damaged again and again; damage that stops it from compiling is undone."""
    failures, text = 0, damage.begin()
    for step in range(CHAIN):
        changed = damage.change(text)
        path = args.out / ("fuzz-%d-%d.dp" % (seed, step))
        path.write_text(changed)
        status, wrong = judge(args, path, tally)
        if wrong:
            failures += 1
            print("%s: %s" % (path, wrong), flush=True)
            continue
        path.unlink()
        if status == 0:
            text = changed
    return failures


def clean(folder):
    for left in list(folder.glob("fuzz-*.c")) + list(folder.glob("fuzz-*.h")):
        left.unlink()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dpc", required=True)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=int(os.environ.get("DPC_FUZZ", "200")))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cc", default=os.environ.get("CC") or "cc")
    parser.add_argument("--run-every", type=int, default=10)
    parser.add_argument("--judge", type=pathlib.Path, help="only this program, as it is")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tally, failures = {}, 0
    if args.judge:
        args.run_every = 1
        status, wrong = judge(args, args.judge, tally)
        print(wrong or "survives: status %d" % status)
        return 1 if wrong else 0
    right, wrong = read_programs(args.root)
    for seed in range(args.seed, args.seed + (args.count + CHAIN - 1)//CHAIN):
        failures += chain(args, seed, Damage(random.Random(seed), right, wrong), tally)
        clean(args.out)
    print("by status: %s; %d failures"
          % (", ".join("%d end with %d" % (tally[s], s) for s in sorted(tally)), failures))
    return 1 if failures else 0


sys.exit(main())
