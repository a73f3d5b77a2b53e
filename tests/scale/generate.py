# generate.py - programs of any length, one family for each way in which a program can be long.
#
#   generate.py FAMILY LINES > file.dp      a program of about LINES lines
#   generate.py --families                  the names of the families
#
# Values stay bounded whatever the length, so that `dpc check` can compare derivatives with differences.
import sys


def functions(lines):
    """Many functions, each called by the next and exported."""
    yield "fn f0(x: real, y: real) -> real = sin(x) + y"
    for i in range(1, lines // 3):
        yield f"fn f{i}(x: real, y: real) -> real ="
        yield f"    0.5*sin(x + {i % 7}*y) + 0.25*cos(x*y)"
        yield f"export f{i}"


def exports(lines):
    """Many loss functions, each with its gradient."""
    for i in range(lines // 10):
        yield f"fn loss{i}(u: real[N], k: real) -> real {{"
        yield "    v = u"
        yield "    for t in 0..3 {"
        yield f"        v = v + k*sin(v + {i % 5}.5)"
        yield f"        v[0] = {i % 3}*k"
        yield "    }"
        yield "    return sum(v^2)"
        yield "}"
        yield f"export loss{i}_grad = value_and_grad(loss{i}, (u, k))"
        yield ""


def straight(lines):
    """One long body of scalars, each line reading a near and a far line."""
    yield "fn f(a: real, b: real) -> (y: real) {"
    yield "    x0 = a"
    yield "    x1 = b"
    for i in range(2, lines - 5):
        yield f"    x{i} = 0.5*sin(x{i - 1}) + 0.25*x{i // 2}*cos(x{i - 2})"
    yield f"    y = x{lines - 6} + x{(lines - 6) // 2}"
    yield "}"
    yield "export f with adjoint, tangent"


def reassigned(lines):
    """One long body that assigns two variables again and again."""
    yield "fn f(a: real, b: real) -> (x: real, y: real) {"
    yield "    x, y = a, b"
    for i in range((lines - 4) // 2):
        yield f"    x = 0.9*x + 0.1*sin(y + {i % 9})"
        yield "    y = 0.9*y - 0.1*tanh(x)"
    yield "}"
    yield "export f with adjoint, tangent"


def elementwise(lines):
    """One long body of arrays, each line elementwise in earlier ones."""
    yield "fn f(a: real[N], b: real[N], k: real) -> (y: real) {"
    yield "    v0 = a"
    yield "    v1 = b"
    for i in range(2, lines - 5):
        yield f"    v{i} = 0.5*tanh(v{i - 1}) + 0.25*v{max(i - 9, 0)} + k*v{i - 2}"
    yield f"    y = sum(v{lines - 6}*b)"
    yield "}"
    yield "export f with adjoint"


def stencils(lines):
    """One stencil after the other."""
    yield "fn f(u0: real[N, M], k: real) -> (u: real[N, M]) {"
    yield "    u = u0"
    for i in range((lines - 4) // 3):
        yield "    u[1..N-1, 1..M-1] += 0.1*k*[u[i-1,j] + u[i+1,j] + u[i,j-1] + u[i,j+1] - 4*u[i,j]"
        yield "                               for i in 1..N-1, j in 1..M-1]"
        yield f"    u[0, :] = 0.{i % 7}*u[1, :]"
    yield "}"
    yield "export f with adjoint"


def updates(lines):
    """A long chain of updates of single elements, which read earlier ones."""
    yield "fn f(u0: real[101], k: real) -> (u: real[101]) {"
    yield "    u = u0"
    for i in range(lines - 4):
        if i % 4 == 3:
            yield f"    u[{i % 97}] += 0.1*sin(u[{(3*i) % 89}])"
        else:
            yield f"    u[{i % 97}] = 0.5*u[{(5*i) % 101}] + k*u[{(7*i) % 83}]"
    yield "}"
    yield "export f with adjoint"


def literals(lines):
    """Long arrays written out, used element by element."""
    n = max((lines - 6) // 2, 1)
    yield "fn f(x: real, y: real) -> real {"
    yield "    terms = ["
    for i in range(n):
        yield f"        sin({i % 13}*x) + {i % 5}*y{',' if i < n - 1 else ']'}"
    yield "    factors = ["
    for i in range(n):
        yield f"        {i % 11}*x*y{',' if i < n - 1 else ']'}"
    yield f"    return sum(terms*factors)/{n}"
    yield "}"
    yield "export f with adjoint"


def loops(lines):
    """One loop after the other."""
    yield "fn f(x0: real, y0: real, T: int) -> (x: real, y: real) {"
    yield "    x, y = x0, y0"
    for i in range((lines - 4) // 4):
        yield "    for t in 0..T {"
        yield f"        x += 0.01*sin(y + {i % 7})"
        yield "        y -= 0.01*x*y"
        yield "    }"
    yield "}"
    yield "export f with adjoint"


def body(lines):
    """One loop with a long body that carries many values."""
    n = max((lines - 9) // 3, 2)
    names = [f"c{i}" for i in range(n)]
    yield "fn f(a: real, k: real, T: int) -> (y: real) {"
    for i in range(n):
        yield f"    {names[i]} = {i % 7}*a"
    yield "    for t in 0..T {"
    for i in range(n):
        yield f"        r{i} = k*{names[i]}*sin({names[(i + 1) % n]})"
    for i in range(n):
        yield f"        {names[i]} += 0.01*(r{(i + n - 1) % n} - r{i})"
    yield "    }"
    yield "    y = " + " + ".join(names[:9])
    yield "}"
    yield "export f with adjoint"


def nested(lines):
    """Blocks of loops and branches inside each other."""
    yield "fn f(u0: real[N], k: real, T: int) -> (u: real[N], s: real) {"
    yield "    u = u0"
    for i in range((lines - 4) // 15):
        yield "    for t in 0..T {"
        yield f"        a = 0.1*sin(k + {i % 5})"
        yield "        for i in 0..N {"
        yield "            b = u[i]"
        yield "            for r in 0..2 {"
        yield f"                if b > {i % 3} {{"
        yield "                    b = 0.9*b + a*u[0]"
        yield "                } else {"
        yield "                    b = 0.8*b - 0.1*a*b"
        yield "                }"
        yield "            }"
        yield "            u[i] = b"
        yield "        }"
        yield "        s += a*u[0]"
        yield "    }"
    yield "}"
    yield "export f with adjoint"


def branches(lines):
    """One branch after the other."""
    yield "fn f(x0: real, y0: real) -> (x: real, y: real) {"
    yield "    x, y = x0, y0"
    for i in range((lines - 4) // 5):
        yield f"    if x > 0.{i % 9} {{"
        yield "        x = 0.5*x + 0.1*cos(y)"
        yield "    } else {"
        yield f"        y = 0.5*y - 0.1*sin(x + {i % 4})"
        yield "    }"
    yield "}"
    yield "export f with adjoint"


def reductions(lines):
    """Many sums over the same arrays."""
    yield "fn f(u: real[N], v: real[N]) -> (y: real) {"
    for i in range(lines - 4):
        kind = ["sum", "sum", "max", "sum"][i % 4]
        yield f"    y += {kind}(sin(u[i] + {i % 17}*v[i])*v[i] for i in 0..N)"
    yield "}"
    yield "export f with adjoint"


def layers(lines):
    """A model of many layers, each a declared model."""
    n = max((lines - 8) // 5, 1)
    yield "model Layer {"
    yield "    W: real[4, 4] ~ glorot_uniform()"
    yield "    b: real[4] ~ zeros()"
    yield "    fn (x: real[4]) -> real[4] = tanh(W @ x + b)"
    yield "}"
    yield "model Net {"
    for i in range(n):
        yield f"    layer{i} = Layer()"
    yield "    fn (x: real[4]) -> real[4] {"
    yield "        y = x"
    for i in range(n):
        yield f"        a{i} = layer{i}(y)"
        yield f"        b{i} = 0.5*a{i} + 0.1*y"
        yield f"        c{i} = b{i} - mean(a{i})"
        yield f"        y = y + 0.1*c{i}"
    yield "        return y"
    yield "    }"
    yield "}"
    yield "fn loss(theta: Net, x: real[4]) -> real = sum(theta(x)^2)"
    yield "export loss_grad = value_and_grad(loss, theta)"


def calls(lines):
    """A long chain of calls of small functions of arrays."""
    for i in range(10):
        yield f"fn g{i}(u: real[N], k: real) -> real[N] = ["
        yield f"    0.9*u[i] + 0.1*k*sin(periodic(u)[i + {i % 3 - 1}]) for i in 0..N]"
    yield "fn f(u0: real[N], k: real) -> (u: real[N]) {"
    yield "    u = u0"
    for i in range(lines - 24):
        yield f"    u = g{i % 10}(u, k)"
    yield "}"
    yield "export f with adjoint"


def records(lines):
    """Records that pass through many functions."""
    yield "record State {"
    yield "    p: real[3]"
    yield "    q: real[3]"
    yield "    e: real"
    yield "}"
    n = max((lines - 12) // 8, 1)
    for i in range(n):
        yield f"fn step{i}(s: State, dt: real) -> State {{"
        yield "    r = s"
        yield "    r.p = s.p - dt*sin(s.q)"
        yield f"    r.q = s.q + dt*(r.p + 0.{i % 9})"
        yield "    r.e = s.e + 0.5*dot(r.p, r.p)"
        yield "    return r"
        yield "}"
    yield "fn f(p: real[3], q: real[3], dt: real) -> real {"
    yield "    s = State(p, q, 0.0)"
    for i in range(n):
        yield f"    s = step{i}(s, dt)"
    yield f"    return s.e/{n} + sum(s.q)"
    yield "}"
    yield "export f with adjoint"


def deep(lines):
    """Expressions of a hundred operands, nested in brackets, each on several lines."""
    yield "fn f(a: real, b: real) -> (y: real) {"
    yield "    x = a"
    for i in range((lines - 5) // 10):
        yield "    x = (" + " + ".join(f"0.0{k % 9}*sin({k}*x" for k in range(10))
        for k in range(8):
            yield "        + " + "*".join(f"cos(b + {(i + k + j) % 7})" for j in range(5))
        yield "        " + ")" * 11
    yield "    y = x"
    yield "}"
    yield "export f with adjoint"


def choices(lines):
    """Long chains of else if, twenty branches to a chain."""
    yield "fn f(x0: real, y0: real) -> (x: real, y: real) {"
    yield "    x, y = x0, y0"
    for i in range((lines - 4) // 41):
        for k in range(20):
            yield f"    {'if' if k == 0 else '} else if'} x > {0.9 - 0.1*k:.1f} {{"
            yield f"        {'xy'[k % 2]} = 0.5*x + 0.1*cos(y + {(i + k) % 7})"
        yield "    }"
    yield "}"
    yield "export f with adjoint"


def fields(lines):
    """A record of sixty fields, changed field by field in many functions."""
    n, steps = 60, max((lines - 70) // 64, 1)
    yield "record State {"
    for i in range(n):
        yield f"    c{i}: real"
    yield "}"
    for k in range(steps):
        yield f"fn step{k}(s: State, k: real) -> State {{"
        yield "    r = s"
        for i in range(n):
            yield f"    r.c{i} = 0.9*s.c{i} + 0.1*k*sin(s.c{(i + 1 + k) % n})"
        yield "    return r"
        yield "}"
    yield "fn f(a: real, k: real) -> real {"
    yield "    s = State(" + ", ".join(f"{i % 5}*a" for i in range(n)) + ")"
    for k in range(steps):
        yield f"    s = step{k}(s, k)"
    yield f"    return s.c0 + s.c{n - 1}"
    yield "}"
    yield "export f with adjoint"


def wide(lines):
    """A record of very many fields, assigned field by field."""
    n = max((lines - 10) // 2, 2)
    yield "record State {"
    for i in range(n):
        yield f"    c{i}: real"
    yield "}"
    yield "fn step(s: State, k: real) -> State {"
    yield "    r = s"
    for i in range(n):
        yield f"    r.c{i} = 0.9*s.c{i} + 0.1*k*sin(s.c{(i + 1) % n})"
    yield "    return r"
    yield "}"
    yield "export step with adjoint"


def arms(lines):
    """One branch whose arms assign very many names."""
    n = max((lines - 8) // 4, 2)
    yield "fn f(a: real, k: real) -> (y: real) {"
    for i in range(n):
        yield f"    c{i} = {i % 5}*a"
    yield "    if a > 0.5 {"
    for i in range(n):
        yield f"        c{i} = 0.9*c{i} + 0.1*k*sin(c{(i + 1) % n})"
    yield "    } else {"
    for i in range(n):
        yield f"        c{i} = 0.8*c{i} - 0.1*k*cos(c{(i + 3) % n})"
    yield "    }"
    for i in range(n):
        yield f"    y += c{i}"
    yield "}"
    yield "export f with adjoint"


def second(lines):
    """Gradients of gradients of long bodies."""
    yield "fn f(a: real, b: real) -> real {"
    yield "    x0 = a"
    yield "    x1 = b"
    for i in range(2, lines - 8):
        yield f"    x{i} = 0.5*sin(x{i - 1}) + 0.25*x{i - 2}*cos(x{i - 1})"
    yield f"    return x{lines - 9}"
    yield "}"
    yield "fn slope(a: real, b: real) -> real = grad(f, a)(a, b)"
    yield "export slope_grad = grad(slope, (a, b))"


def helpers(lines):
    """Very many small functions, each a few calls of earlier ones."""
    yield "fn h0(x: real, y: real) -> real = sin(x) + y"
    yield "fn h1(x: real, y: real) -> real = cos(x)*y"
    n = (lines - 6) // 2
    for i in range(2, n):
        if i % 20 < 2:
            yield f"fn h{i}(x: real, y: real) -> real ="
            yield f"    0.5*sin(x + {i % 7}*y)"
        else:
            yield f"fn h{i}(x: real, y: real) -> real ="
            yield f"    0.5*h{i - 1}(y, x) + 0.1*h{i - i % 20}(x, {i % 3}*y)"
    yield "fn f(x: real, y: real) -> real ="
    yield "    " + " + ".join(f"h{i}(x, y)" for i in range(19, n, 20))
    yield "export f with adjoint"


FAMILIES = [functions, exports, straight, reassigned, elementwise, stencils, updates, literals, loops,
            body, nested, branches, reductions, layers, calls, records,
            deep, choices, fields, wide, arms, second, helpers]

if sys.argv[1:] == ["--families"]:
    print("\n".join(family.__name__ for family in FAMILIES))
else:
    family = {family.__name__: family for family in FAMILIES}[sys.argv[1]]
    print("\n".join(family(int(sys.argv[2]))))
