# generate.py - random well-typed programs whose derivatives exist at almost every point.
#
#   generate.py SEED COUNT > file.dp        COUNT exported functions
#
# What is written stays bounded (large values pass through sin or tanh), so that finite differences can
# tell right from wrong. Programs are the same for a seed on every machine.
import random
import sys

SMOOTH = ["sin(%s)", "cos(%s)", "tanh(%s)", "exp(sin(%s))", "sqrt(1.5 + (%s)^2)", "log(2 + (%s)^2)",
          "(%s)^2", "(%s)^3", "1/(2 + cos(%s))", "sigmoid(%s)", "log1p((%s)^2)", "(2 + sin(%s))^1.5",
          "atan2(%s, 2.5)", "expm1(tanh(%s))", "erf(%s)", "abs(%s)"]
TAME = ["sin(%s)", "tanh(%s)", "cos(%s)", "0.5*sin(%s)"]
COMPARE = ["<", ">", "<=", ">="]


class Scope:
    """Names that may be used: scalars, vectors by size, matrices by sizes, ints by exclusive bound."""

    def __init__(self, outer=None):
        self.scalars = list(outer.scalars) if outer else []
        self.vectors = {k: list(v) for k, v in outer.vectors.items()} if outer else {"n": [], "m": []}
        self.matrices = list(outer.matrices) if outer else []  # all are [m, n]
        self.ints = {k: list(v) for k, v in outer.ints.items()} if outer else {"n": [], "m": []}
        self.fixed = set(outer.fixed) if outer else set()  # names that a body must not assign
        self.closures = list(outer.closures) if outer else []


class Function:
    """One exported function: its lines, and a budget that keeps it small."""

    def __init__(self, rng, helpers):
        self.rng = rng
        self.helpers = helpers
        self.lines = []
        self.budget = rng.randint(10, 34)
        self.counter = 0
        self.sizes = ["n", "m"]  # those that are bound here
        self.loops = 0  # round the present line

    def fresh(self, prefix):
        self.counter += 1
        return "%s%d" % (prefix, self.counter)

    def pick(self, *choices):
        return self.rng.choice(choices)

    # ---- expressions ------------------------------------------------------------------------

    def number(self):
        return self.pick("0.5", "1.25", "-0.75", "2.0", "0.1", "1.0", "-1.0", "3.0", "0.3")

    def tame(self, expression):
        """Bounded; in a loop small as well, or steps that feed on themselves become chaotic."""
        if self.loops:
            return "0.1*" + self.rng.choice(TAME) % ("0.3*(%s)" % expression)
        return self.rng.choice(TAME) % expression

    def index(self, scope, size):
        """An int inside 0..size."""
        ints = scope.ints[size]
        choice = self.rng.random()
        if ints and choice < 0.7:
            i = self.rng.choice(ints)
            return i if choice < 0.5 else "%s-1-%s" % (size, i)
        if ints and choice < 0.85:
            return "(%s + %d) %% %s" % (self.rng.choice(ints), self.rng.randint(1, 4), size)
        return self.pick("0", "%s-1" % size, "1")

    def element(self, scope):
        size = self.pick("n", "m")
        if scope.matrices and self.rng.random() < 0.3:
            return "%s[%s, %s]" % (self.rng.choice(scope.matrices), self.index(scope, "m"),
                                   self.index(scope, "n"))
        if not scope.vectors[size]:
            return self.number()
        u = self.rng.choice(scope.vectors[size])
        if scope.ints[size] and self.rng.random() < 0.2:
            view = self.pick("periodic", "clamp", "zero", "reflect")
            shift = self.rng.choice(["-1", "+1"])
            return "%s(%s)[%s%s]" % (view, u, self.rng.choice(scope.ints[size]), shift)
        return "%s[%s]" % (u, self.index(scope, size))

    def leaf(self, scope):
        choice = self.rng.random()
        if choice < 0.45 and scope.scalars:
            return self.rng.choice(scope.scalars)
        if choice < 0.8:
            return self.element(scope)
        return self.number()

    def reduction(self, scope, depth):
        size, i = self.pick(*self.sizes), self.fresh("i")
        inner = Scope(scope)
        inner.ints[size].append(i)
        kind = self.pick("sum", "sum", "sum", "max", "min", "mean")
        span = self.range(scope, size) if kind == "sum" else "0..%s" % size  # the others need a member
        body = self.scalar(inner, depth - 1)
        guard = ""
        if kind == "sum" and self.rng.random() < 0.2:
            guard = " if %s" % self.condition(inner, 0)
        if self.rng.random() < 0.2 and kind == "sum":
            other, j = self.pick(*self.sizes), self.fresh("j")
            span = "%s, %s in %s" % (span, j, self.range(inner, other))
            inner.ints[other].append(j)
            body = self.scalar(inner, depth - 1)
        return "%s(%s for %s in %s%s)" % (kind, body, i, span, guard)

    def condition(self, scope, depth):
        simple = "%s %s %s" % (self.scalar(scope, depth), self.rng.choice(COMPARE),
                               self.scalar(scope, depth))
        ints = scope.ints["n"] + scope.ints["m"]
        if ints and self.rng.random() < 0.3:
            return "%s %% 2 == 0" % self.rng.choice(ints)
        if self.rng.random() < 0.15:
            return "%s %s %s %s 0.2" % (simple, self.pick("and", "or"), self.leaf(scope),
                                        self.rng.choice(COMPARE))
        return simple

    def call(self, scope, depth):
        if scope.closures and self.rng.random() < 0.5:
            return "%s(%s)" % (self.rng.choice(scope.closures), self.scalar(scope, depth - 1))
        if not self.helpers:
            return self.leaf(scope)
        name, kind = self.rng.choice(self.helpers)
        if kind == "vector":
            return "sum(%s(%s, %s))" % (name, self.vector(scope, "n", depth - 1), self.leaf(scope))
        a, b = self.scalar(scope, depth - 1), self.leaf(scope)
        form = self.rng.random()
        if form < 0.15:
            return "grad(%s, x)(%s, %s)" % (name, a, b)
        if form < 0.25:
            return "jvp(%s, (x, y))(%s, %s, (%s, %s))" % (name, a, b, self.leaf(scope), self.leaf(scope))
        return "%s(%s, %s)" % (name, a, b)

    def scalar(self, scope, depth):
        if depth <= 0:
            return self.leaf(scope)
        choice = self.rng.random()
        if choice < 0.35:
            op = self.pick("+", "-", "*", "*")
            return "(%s %s %s)" % (self.scalar(scope, depth - 1), op, self.scalar(scope, depth - 1))
        if choice < 0.62:
            return self.rng.choice(SMOOTH) % self.scalar(scope, depth - 1)
        if choice < 0.74 and self.sizes:
            return self.reduction(scope, depth)
        if choice < 0.80:
            return "%s(%s, %s)" % (self.pick("min", "max"), self.scalar(scope, depth - 1),
                                   self.leaf(scope))
        if choice < 0.86:
            return "(if %s { %s } else { %s })" % (self.condition(scope, 0),
                                                   self.scalar(scope, depth - 1), self.leaf(scope))
        if choice < 0.95:
            return self.call(scope, depth)
        size = self.pick("n", "m")
        if scope.vectors[size]:
            u, v = self.rng.choice(scope.vectors[size]), self.rng.choice(scope.vectors[size])
            return self.pick("dot(%s, %s)" % (u, v), "norm(%s + 2)" % u, "mean(%s)" % u)
        return self.leaf(scope)

    def vector(self, scope, size, depth):
        choice = self.rng.random()
        vectors = scope.vectors[size]
        if depth <= 0 and vectors:
            return self.rng.choice(vectors)
        if choice < 0.25 and vectors:
            op = self.pick("+", "-", "*")
            return "(%s %s %s)" % (self.vector(scope, size, depth - 1), op,
                                   self.vector(scope, size, depth - 1))
        if choice < 0.4 and vectors:
            return self.rng.choice(TAME) % self.vector(scope, size, depth - 1)
        if choice < 0.5 and scope.matrices:
            if size == "m" and scope.vectors["n"]:
                return "(%s @ %s)" % (self.rng.choice(scope.matrices),
                                      self.rng.choice(scope.vectors["n"]))
            if size == "n" and scope.vectors["m"]:
                return "(%s @ %s)" % (self.rng.choice(scope.vectors["m"]),
                                      self.rng.choice(scope.matrices))
        if choice < 0.57 and vectors:
            return "%s*%s" % (self.scalar(scope, 0), self.rng.choice(vectors))
        if choice < 0.62 and scope.closures and vectors:
            return "%s(%s)" % (self.rng.choice(scope.closures), self.rng.choice(vectors))
        if choice < 0.67 and size == "n" and vectors and any(k == "vector" for _, k in self.helpers):
            name = self.rng.choice([h for h, k in self.helpers if k == "vector"])
            return "%s(%s, %s)" % (name, self.rng.choice(vectors), self.leaf(scope))
        i = self.fresh("i")
        inner = Scope(scope)
        inner.ints[size].append(i)
        return "[%s for %s in 0..%s]" % (self.scalar(inner, max(1, depth)), i, size)

    def range(self, scope, size):
        """All of 0..size or, in a loop over it, a part that depends on that loop's counter."""
        counters = scope.ints.get(size)
        if not counters or self.rng.random() < 0.6:
            return "0..%s" % size
        counter = self.rng.choice(counters)
        return self.pick("0..%s", "%s..{0}", "%s+1..{0}", "0..%s+1").format(size) % counter

    # ---- statements -------------------------------------------------------------------------

    def line(self, indent, text):
        self.lines.append("  " * indent + text)

    def assign_scalar(self, scope, indent):
        value = self.tame(self.scalar(scope, 2))
        free = [s for s in scope.scalars if s not in scope.fixed]
        if free and self.rng.random() < 0.5:
            name = self.rng.choice(free)
            form = self.pick("%s = %s", "%s += %s", "%s -= 0.5*%s", "%s *= %s")
            self.line(indent, form % (name, value))
        else:
            name = self.fresh("s")
            self.line(indent, "%s = %s" % (name, value))
            scope.scalars.append(name)

    def assign_vector(self, scope, indent):
        size = self.pick("n", "m")
        value = self.tame(self.vector(scope, size, 2))
        free = [v for v in scope.vectors[size] if v not in scope.fixed]
        if free and self.rng.random() < 0.5:
            self.line(indent, "%s %s %s" % (self.rng.choice(free), self.pick("=", "+=", "*="), value))
        else:
            name = self.fresh("v")
            self.line(indent, "%s = %s" % (name, value))
            scope.vectors[size].append(name)

    def assign_matrix(self, scope, indent):
        i, j = self.fresh("i"), self.fresh("j")
        inner = Scope(scope)
        inner.ints["m"].append(i)
        inner.ints["n"].append(j)
        value = self.tame(self.scalar(inner, 2))
        name = self.fresh("A")
        self.line(indent, "%s = [%s for %s in 0..m, %s in 0..n]" % (name, value, i, j))
        scope.matrices.append(name)

    def update_element(self, scope, indent):
        size = self.pick("n", "m")
        free = [v for v in scope.vectors[size] if v not in scope.fixed]
        if not free:
            return self.assign_vector(scope, indent)
        u = self.rng.choice(free)
        value = self.tame(self.scalar(scope, 1))
        form = self.rng.random()
        if form < 0.7:
            op = self.pick("=", "+=", "-=", "*=")
            self.line(indent, "%s[%s] %s %s" % (u, self.index(scope, size), op, value))
        elif form < 0.85:
            self.line(indent, "%s[1..%s] %s %s*%s[0..%s-1]" % (u, size, self.pick("=", "+="), value, u,
                                                              size))
        else:
            matrices = [a for a in scope.matrices if a not in scope.fixed]
            if matrices:
                a = self.rng.choice(matrices)
                if scope.vectors["n"]:
                    self.line(indent, "%s[%s, :] = %s" % (a, self.index(scope, "m"),
                                                          self.rng.choice(scope.vectors["n"])))
                else:
                    self.line(indent, "%s[%s, %s] = %s" % (a, self.index(scope, "m"),
                                                           self.index(scope, "n"), value))
            else:
                self.line(indent, "%s[%s] = %s" % (u, self.index(scope, size), value))

    def recurrence(self, scope, indent):
        """A table whose elements are made from some that were made before, and from some that were not."""
        name, t, j, k = self.fresh("R"), self.fresh("t"), self.fresh("j"), self.fresh("k")
        self.line(indent, "%s = 0.5*%s" % (name, self.rng.choice(scope.matrices)))
        up = self.rng.random() < 0.7
        rows = "1..m" if up else "m-2..-1 by -1"
        before = "%s-1" % t if up else "%s+1" % t
        columns = self.pick("1..n", "1..n", "n-1..0 by -1", "min(%s, n-2)+1..n" % t)
        self.line(indent, "for %s in %s {" % (t, rows))
        self.line(indent + 1, "for %s in %s {" % (j, columns))
        inner = Scope(scope)
        inner.ints["m"].append(t)
        inner.ints["n"].append(j)
        place = "%s, %s" % (t, j)
        reads = [place, "%s, %s" % (before, j), "%s, %s-1" % (t, j), "%s, %s-1" % (before, j),
                 "%s, %s" % (before, self.index(inner, "n")), "%s, 0" % t]
        self.loops += 2
        for _ in range(self.rng.randint(1, 2)):
            terms = " + ".join("%s[%s]" % (name, read) for read in self.rng.sample(reads, 2))
            if self.rng.random() < 0.4:
                terms += "*sum(%s[%s, %s] for %s in 0..%s)" % (name, self.pick(t, before), k, k, self.pick(j, "n"))
            target = self.pick(place, place, "%s, %s-1" % (t, j))
            self.line(indent + 2, "%s[%s] %s %s" % (name, target, self.pick("=", "=", "+=", "*="),
                                                    self.tame("%s + %s" % (terms, self.scalar(inner, 1)))))
        self.loops -= 2
        self.line(indent + 1, "}")
        self.line(indent, "}")
        scope.matrices.append(name)

    def for_loop(self, scope, indent):
        inner = Scope(scope)
        bound = self.pick("n", "m", "k", "3")
        i = self.fresh("t")
        if self.rng.random() < 0.2 and bound in ("n", "m"):
            self.line(indent, "for %s in %s-1..-1 by -1 {" % (i, bound))
        else:
            self.line(indent, "for %s in %s {" % (i, self.range(scope, bound)))
        if bound in inner.ints:
            inner.ints[bound].append(i)
        self.loops += 1
        self.block(inner, indent + 1, self.rng.randint(1, 3))
        self.loops -= 1
        self.line(indent, "}")

    def while_loop(self, scope, indent):
        name = self.fresh("w")
        self.line(indent, "%s = 1 + 0.5*%s" % (name, self.rng.choice(TAME) % self.leaf(scope)))
        scope.scalars.append(name)
        self.line(indent, "while %s < 4 max 60 {" % name)
        inner = Scope(scope)
        inner.fixed.add(name)
        self.loops += 1
        self.block(inner, indent + 1, self.rng.randint(1, 2))
        self.loops -= 1
        self.line(indent + 1, "%s = %s*1.4 + 0.1*%s^2" % (name, name, self.leaf(scope)))
        self.line(indent, "}")

    def branch(self, scope, indent):
        self.line(indent, "if %s {" % self.condition(scope, 1))
        self.block(Scope(scope), indent + 1, self.rng.randint(1, 2))
        if self.rng.random() < 0.7:
            self.line(indent, "} else {")
            self.block(Scope(scope), indent + 1, self.rng.randint(1, 2))
        self.line(indent, "}")

    def closure(self, scope, indent):
        name = self.fresh("c")
        inner = Scope(scope)
        inner.closures = []
        inner.scalars.append("x")
        self.line(indent, "%s = fn(x: real) = %s" % (name, self.rng.choice(TAME) % self.scalar(inner, 2)))
        scope.closures.append(name)

    def nested_gradient(self, scope, indent):
        """y = ... of a copy of x; g = grad(y, x)."""
        x, y, g = self.fresh("p"), self.fresh("y"), self.fresh("g")
        inner = Scope(scope)
        if self.rng.random() < 0.5 and scope.vectors["n"]:
            self.line(indent, "%s = 1.1*%s" % (x, self.rng.choice(scope.vectors["n"])))
            inner.vectors["n"] = [x]
            body = "sum(%s^2) + %s" % (self.vector(inner, "n", 2), self.scalar(inner, 2))
            kind = scope.vectors["n"]
        else:
            self.line(indent, "%s = 1.1*%s" % (x, self.leaf(scope)))
            inner.scalars = [x]
            body = "%s^2*%s" % (x, self.rng.choice(TAME) % self.scalar(inner, 3))
            kind = scope.scalars
        self.line(indent, "%s = %s + 0.1*%s" % (y, body, "sum(%s^2)" % x if kind is not scope.scalars
                                                else x))
        self.line(indent, "%s = grad(%s, %s)" % (g, y, x))
        # Sums of squares and their slopes grow; a cube of them inside a sine is beyond differences.
        self.line(indent, "%s = 0.5*sin(0.05*%s)" % (y, y))
        self.line(indent, "%s = sin(0.1*%s)" % (g, g))
        kind.append(g)
        scope.scalars.append(y)

    def statement(self, scope, indent):
        self.budget -= 1
        choice = self.rng.random()
        deep = indent >= 4 or self.budget <= 0
        if choice < 0.26 or deep and choice < 0.5:
            self.assign_scalar(scope, indent)
        elif choice < 0.42 or deep and choice < 0.8:
            self.assign_vector(scope, indent)
        elif choice < 0.55 or deep:
            self.update_element(scope, indent)
        elif choice < 0.60:
            self.assign_matrix(scope, indent)
        elif choice < 0.75:
            self.for_loop(scope, indent)
        elif choice < 0.80:
            self.while_loop(scope, indent)
        elif choice < 0.89:
            self.branch(scope, indent)
        elif choice < 0.92:
            self.closure(scope, indent)
        elif choice < 0.95:
            self.recurrence(scope, indent)
        else:
            self.nested_gradient(scope, indent)

    def block(self, scope, indent, count):
        for _ in range(count):
            self.statement(scope, indent)

    # ---- the whole --------------------------------------------------------------------------

    def write(self, name):
        scope = Scope()
        scope.scalars = ["a", "b"]
        scope.vectors = {"n": ["u"], "m": ["q"]}
        scope.matrices = ["M"]
        # The sizes are small but never below 3, so that 0, 1 and n-1 are inside.
        result = self.pick("real", "real", "(r: real[n])", "(r: real, w: real[m])")
        self.lines.append("fn %s(a: real, b: real, u: real[n], q: real[m], M: real[m, n], k: int) -> %s {"
                          % (name, result))
        while self.budget > 0:
            self.statement(scope, 1)
        scalar = "%s + %s" % (self.scalar(scope, 1), " + ".join(scope.scalars[-3:]))
        if result == "real":
            self.line(1, "return %s + sum(%s)" % (scalar, scope.vectors["n"][-1]))
        elif "w" in result:
            self.line(1, "r = %s" % scalar)
            self.line(1, "w = %s" % self.vector(scope, "m", 1))
        else:
            self.line(1, "r = (%s)*%s" % (scalar, self.vector(scope, "n", 1)))
        self.lines.append("}")
        return "\n".join(self.lines)


def helper(rng, name, kind):
    """A function without calls: of two scalars, or of a vector and a scalar."""
    f = Function(rng, [])
    f.sizes = ["n"] if kind == "vector" else []
    scope = Scope()
    scope.scalars = ["x", "y"]
    if kind == "scalar":
        body = f.rng.choice(TAME) % f.scalar(scope, 3)
        # Both parameters matter, so that a gradient by either exists.
        return "fn %s(x: real, y: real) -> real = %s + 0.3*x*y" % (name, body)
    scope.scalars = ["y"]
    scope.vectors["n"] = ["x"]
    return "fn %s(x: real[n], y: real) -> real[n] {\n  return %s\n}" % (name, f.vector(scope, "n", 2))


def program(seed, count):
    rng = random.Random(seed)
    parts = ["# Random program %d." % seed]
    helpers = []
    for h in range(4):
        kind = "vector" if h == 3 else "scalar"
        parts.append(helper(rng, "h%d" % h, kind))
        helpers.append(("h%d" % h, kind))
    for i in range(count):
        parts.append(Function(rng, helpers).write("f%d" % i))
        parts.append("export f%d" % i)
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(program(int(sys.argv[1]), int(sys.argv[2])))
