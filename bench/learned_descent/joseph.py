# joseph - the projector of learned_descent.dp as a sparse matrix: rows, columns and weights.
import numpy


def projector(n, views, bins):
    """Joseph's integrals of an n x n image, a detector that sees the diagonal; rays [views * bins]."""
    angle = (numpy.arange(views) + 0.5) * numpy.pi / views
    c, s = numpy.repeat(numpy.cos(angle), bins), numpy.repeat(numpy.sin(angle), bins)
    t = numpy.tile((numpy.arange(bins) - 0.5 * (bins - 1)) * (n * numpy.sqrt(2) / bins), views)
    x, y = t * c + 0.5 * (n - 1), 0.5 * (n - 1) - t * s
    steep = numpy.abs(c) >= numpy.abs(s)
    slope = numpy.where(steep, s, c) / numpy.where(steep, c, s)
    start = numpy.where(steep, x - slope * y, y - slope * x)
    place = start[:, None] + slope[:, None] * numpy.arange(n)
    low = numpy.floor(place).astype(numpy.int64)
    length = 1 / numpy.maximum(numpy.abs(c), numpy.abs(s))[:, None]
    parts = []
    for across, share in ((low, 1 - (place - low)), (low + 1, place - low)):
        along = numpy.broadcast_to(numpy.arange(n), across.shape)
        column = numpy.where(steep[:, None], along * n + across, across * n + along)
        row = numpy.broadcast_to(numpy.arange(len(c))[:, None], across.shape)
        inside = (across >= 0) & (across < n) & (share > 0)
        parts.append((row[inside], column[inside], (share * length)[inside]))
    rows, columns, weights = (numpy.concatenate(part) for part in zip(*parts))
    return rows, columns, weights.astype(numpy.float32)
