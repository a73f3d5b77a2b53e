#!/usr/bin/env python3
"""minimax.py - prints the polynomial coefficients of runtime/dp_math.h and dp_special.h.

Remez's exchange in high precision (mpmath), weighted so that the relative error of the whole
function is levelled, followed by rounding to double or float. Each table names the function and the
error reached before rounding.
"""
import mpmath as mp
import struct

mp.mp.prec = 200


def remez(f, weight, lo, hi, degree, rounds=30):
    """Coefficients p with |weight(x) (f(x) - p(x))| levelled on [lo, hi], and that level."""
    n = degree + 2
    turns = [mp.pi * (n - 1 - k) / (n - 1) for k in range(n)]
    nodes = [(lo + hi) / 2 + (hi - lo) / 2 * mp.cos(turn) for turn in turns]
    for _ in range(rounds):
        rows = mp.matrix(n, n)
        right = mp.matrix(n, 1)
        for i, x in enumerate(nodes):
            for k in range(degree + 1):
                rows[i, k] = x**k
            rows[i, degree + 1] = (-1) ** i / weight(x)
            right[i] = f(x)
        solution = mp.lu_solve(rows, right)
        p = [solution[k] for k in range(degree + 1)]
        error = lambda x: weight(x) * (f(x) - mp.polyval(p[::-1], x))
        grid = [lo + (hi - lo) * mp.mpf(k) / 600 for k in range(601)]
        values = [error(x) for x in grid]
        found, best = [], None
        for x, e in zip(grid, values):
            if best is None or (e > 0) == (best[1] > 0):
                if best is None or abs(e) > abs(best[1]):
                    best = (x, e)
            else:
                found.append(best)
                best = (x, e)
        found.append(best)
        if len(found) < n:
            break
        while len(found) > n:
            found.pop(0 if abs(found[0][1]) < abs(found[-1][1]) else -1)
        nodes = [x for x, _ in found]
        sizes = [abs(e) for _, e in found]
        if max(sizes) / min(sizes) < 1.0001:
            break
    return p, max(abs(v) for v in values)


def as_float(x):
    return struct.unpack('f', struct.pack('f', float(x)))[0]


def show(name, p, level, single):
    print(f'{name}: levelled at {mp.nstr(level, 3)}')
    for k, c in enumerate(p):
        print(f'    {k}: ' + (f'{as_float(c):.9g}f' if single else repr(float(c))))


def split(name, value, bits, parts):
    """Parts of `value` with `bits` bits each, the last one a full double."""
    print(name)
    for k in range(parts):
        exponent = mp.floor(mp.log(abs(value), 2))
        unit = mp.mpf(2) ** (exponent - bits + 1)
        part = mp.mpf(float(value)) if k == parts - 1 else mp.floor(value / unit) * unit
        print(f'    {float(part)!r}  {float(part).hex()}')
        value -= part


def exp_tail(r):  # (exp(r) - 1 - r) / r^2
    return (mp.expm1(r) - r) / r**2 if abs(r) > mp.mpf(2) ** -40 else mp.mpf(1) / 2 + r / 6


def atanh_tail(z):  # (2 atanh(s) - 2 s) / (s z), z = s^2
    s = mp.sqrt(z)
    if z < mp.mpf(2) ** -60:
        return mp.mpf(2) / 3 + z * 2 / 5
    return (2 * mp.atanh(s) - 2 * s) / (s * z)


def sin_tail(z):  # (sin(r) - r) / r^3
    r = mp.sqrt(z)
    return (mp.sin(r) - r) / r**3 if z > mp.mpf(2) ** -60 else -mp.mpf(1) / 6 + z / 120


def cos_tail(z):  # (cos(r) - 1 + r^2/2) / r^4
    if z < mp.mpf(2) ** -50:
        return mp.mpf(1) / 24 - z / 720
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2


def atanh_late_tail(z):  # (2 atanh(s) - 2 s - 2/3 s^3) / s^5
    s = mp.sqrt(z)
    if z < mp.mpf(2) ** -40:
        return mp.mpf(2) / 5 + z * 2 / 7
    return (2 * mp.atanh(s) - 2 * s - 2 * s**3 / 3) / s**5


def atan_tail(z):  # (atan(s) - s) / s^3
    s = mp.sqrt(z)
    return (mp.atan(s) - s) / s**3 if z > mp.mpf(2) ** -60 else -mp.mpf(1) / 3 + z / 5


def asin_tail(z):  # (asin(s) - s) / s^3
    s = mp.sqrt(z)
    return (mp.asin(s) - s) / s**3 if z > mp.mpf(2) ** -60 else mp.mpf(1) / 6 + z * 3 / 40


def erf_tail(z):  # erf(s) / s - 1
    s = mp.sqrt(z)
    slope = 2 / mp.sqrt(mp.pi)
    return mp.erf(s) / s - 1 if z > mp.mpf(2) ** -60 else slope - 1 - slope * z / 3


def erfc_scaled(c):  # erfc(a) exp(a^2) (1 + 2a) as a function of t = (a - c) / (a + c)
    def f(t):
        a = c * (1 + t) / (1 - t)
        return mp.erfc(a) * mp.exp(a * a) * (1 + 2 * a)

    return f


def tanh_head(z):  # tanh(r) / r, z = r^2
    r = mp.sqrt(z)
    return mp.tanh(r) / r if r else mp.mpf(1)


def rational(f, lo, hi, degree, rounds=40):
    """p and q with q(0) = 1 and p/q near f, |p / (q f) - 1| levelled, and that level."""
    n = 2 * degree + 2
    nodes = [(lo + hi) / 2 + (hi - lo) / 2 * mp.cos(mp.pi * (n - 1 - k) / (n - 1)) for k in range(n)]
    for _ in range(rounds):
        below = [mp.mpf(1)] * n  # q at the nodes, from the last solution
        for _ in range(6):
            rows, right = mp.matrix(n, n), mp.matrix(n, 1)
            for i, z in enumerate(nodes):
                for k in range(degree + 1):
                    rows[i, k] = z**k
                for k in range(1, degree + 1):
                    rows[i, degree + k] = -f(z) * z**k
                rows[i, n - 1] = -((-1) ** i) * f(z) * below[i]
                right[i] = f(z)
            solution = mp.lu_solve(rows, right)
            p = [solution[k] for k in range(degree + 1)]
            q = [mp.mpf(1)] + [solution[degree + k] for k in range(1, degree + 1)]
            below = [mp.polyval(q[::-1], z) for z in nodes]
        error = lambda z: mp.polyval(p[::-1], z) / mp.polyval(q[::-1], z) / f(z) - 1
        grid = [lo + (hi - lo) * (1 - mp.cos(mp.pi * k / 800)) / 2 for k in range(801)]
        found = []
        for z in grid:
            if found and (error(z) > 0) == (error(found[-1]) > 0):
                if abs(error(z)) > abs(error(found[-1])):
                    found[-1] = z
            else:
                found.append(z)
        if len(found) != n or max(abs(a - b) for a, b in zip(found, nodes)) < hi * 1e-12:
            break
        nodes = found
    return p, q, max(abs(error(z)) for z in found)


def main():
    half_ln2 = mp.log(2) / 2 * (1 + mp.mpf(2) ** -10)
    s_max = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)
    quarter_pi2 = (mp.pi / 4 * (1 + mp.mpf(2) ** -10)) ** 2
    one = lambda x: mp.mpf(1)
    with_head = lambda z: z + mp.mpf(2) ** -30
    wider = 1 + mp.mpf(2) ** -10
    tables = [
        # name, function, weight, interval, degree in double, degree in float
        ('exp', exp_tail, lambda r: abs(r) + mp.mpf(2) ** -30, -half_ln2, half_ln2, 9, 4),
        ('log', atanh_tail, one, mp.mpf(0), s_max**2 * (1 + mp.mpf(2) ** -10), 6, 3),
        ('sin', sin_tail, one, mp.mpf(0), quarter_pi2, 5, 3),
        ('cos', cos_tail, one, mp.mpf(0), quarter_pi2, 5, 2),
        ('pow', atanh_late_tail, one, mp.mpf(0), s_max**2 * (1 + mp.mpf(2) ** -10), 6, 2),
        ('atan', atan_tail, with_head, mp.mpf(0), mp.tan(mp.pi / 8) ** 2 * wider, 10, 4),
        ('asin', asin_tail, with_head, mp.mpf(0), wider / 4, 11, 4),
        ('erf', erf_tail, one, mp.mpf(0), mp.mpf(1), 11, 6),
    ]
    for name, f, weight, lo, hi, degree, single_degree in tables:
        show(f'{name}, double', *remez(f, weight, lo, hi, degree), False)
        if single_degree:
            show(f'{name}, float', *remez(f, weight, lo, hi, single_degree), True)
    for c, end, degree, single in [(4, 27.3, 22, False), (2, 10.1, 9, True)]:
        f = erfc_scaled(mp.mpf(c))
        last = (mp.mpf(end) - c) / (mp.mpf(end) + c)
        show('erfc', *remez(f, lambda t: 1 / f(t), -mp.mpf(1), last, degree), single)
    for name, degree, single in [('tanh and sigmoid, double', 2, False), ('sigmoid, float', 1, True)]:
        p, q, level = rational(tanh_head, mp.mpf(0), (mp.log(2) / 4 * wider) ** 2, degree)
        show(f'{name}, numerator', p, level, single)
        show(f'{name}, denominator', q, level, single)
    split('ln 2 in 2 parts for double', mp.log(2), 40, 2)
    split('ln 2 in 2 parts for float', mp.log(2), 15, 2)
    split('pi/2 in 4 parts for double', mp.pi / 2, 23, 4)
    split('pi/2 in 5 parts for float', mp.pi / 2, 12, 5)


if __name__ == '__main__':
    main()
