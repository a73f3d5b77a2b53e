# picture - times relative to dpc's as an SVG: a row per workload, a logarithmic axis.
import math

LEFT, RIGHT, TOP, ROW, WIDTH = 190, 70, 74, 58, 900
SERIES = {"hand": ("by hand", "#2b6cb0"), "jax": ("JAX", "#dd6b20"), "torch": ("PyTorch", "#9b2c5e")}
FONT = 'font-family="Helvetica, Arial, sans-serif"'


def text(x, y, words, size=13, anchor="start", fill="#1a202c", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}" '
            f'font-weight="{weight}">{words}</text>')


def line(x0, y0, x1, y1, colour, width=1):
    return (f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}" '
            f'stroke-width="{width}"/>')


def relative(name, figures, series):
    """The time of one implementation in units of dpc's, or None."""
    theirs, ours = figures.get(f"{name}.{series}_ms"), figures.get(f"{name}.dpc_ms")
    return float(theirs) / float(ours) if theirs and ours else None


def number(value):
    return "%.0f" % value if value >= 20 else "%.1f" % value if value >= 3 else "%.2f" % value


def draw(names, peers, figures):
    shown = ["hand"] + peers
    values = [relative(name, figures, series) for name in names for series in shown]
    values = [value for value in values if value] + [1.0]
    low = math.floor(2 * math.log10(min(values))) / 2
    high = max(math.ceil(math.log10(max(values))), 1)
    height = TOP + ROW * len(names) + 52

    def place(value):
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT}>',
             f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
             text(LEFT, 24, "Time for value and gradient, in units of dpc's", 16, weight="bold")]
    for k, series in enumerate(shown):
        label, colour = SERIES[series]
        parts.append(f'<rect x="{LEFT + 120*k}" y="38" width="12" height="12" fill="{colour}"/>')
        parts.append(text(LEFT + 120*k + 18, 49, label))
    bottom = TOP + ROW * len(names)
    for power in range(math.ceil(low), high + 1):
        x = place(10.0**power)
        parts.append(line(x, TOP - 8, x, bottom, "#e2e8f0"))
        parts.append(text(x, bottom + 18, "%g" % 10.0**power, 12, "middle", "#4a5568"))
    parts.append(line(place(1), TOP - 8, place(1), bottom, "#1a202c", 1.5))
    parts.append(text(place(1), bottom + 38, "dpc is faster &#8594;", 12, "start", "#4a5568"))
    for row, name in enumerate(names):
        y = TOP + ROW * row
        parts.append(text(LEFT - 12, y + ROW / 2, name, 13, "end"))
        bar = (ROW - 16) / len(shown)
        for k, series in enumerate(shown):
            value = relative(name, figures, series)
            if value is None:
                continue
            begin, end = sorted((place(1), place(value)))
            at = y + k * bar
            parts.append(f'<rect x="{begin:.1f}" y="{at:.1f}" width="{max(end - begin, 1):.1f}" '
                         f'height="{bar - 2:.1f}" fill="{SERIES[series][1]}"/>')
            right = value >= 1
            parts.append(text(place(value) + (5 if right else -5), at + bar - 4, number(value), 11,
                              "start" if right else "end", "#4a5568"))
    return "\n".join(parts + ["</svg>"]) + "\n"
