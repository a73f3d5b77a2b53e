# The convolutional corrector in PyTorch.
import math

import torch
from torch.nn.functional import conv2d, pad, relu

import peer

BLOCKS = 5
SHAPES = [(32, 2, 5, 5), (32,), (BLOCKS, 32, 32, 5, 5), (BLOCKS, 32), (BLOCKS, 32, 32, 5, 5),
          (BLOCKS, 32), (2, 32, 5, 5), (2,)]


def unflatten(theta):
    parts = torch.split(theta, [math.prod(shape) for shape in SHAPES])
    return [part.view(shape) for part, shape in zip(parts, SHAPES)]


def convolve(x, W, b):
    return conv2d(pad(x, (2, 2, 2, 2), mode="circular"), W, b)


def correct(parts, u):
    W_in, b_in, W_first, b_first, W_second, b_second, W_out, b_out = parts
    x = relu(convolve(u[None], W_in, b_in))
    for k in range(BLOCKS):
        inner = relu(convolve(x, W_first[k], b_first[k]))
        x = relu(x + convolve(inner, W_second[k], b_second[k]))
    return convolve(x, W_out, b_out)[0]


def advance(u, nu, h, dt):
    left, right = torch.roll(u, 1, 1), torch.roll(u, -1, 1)
    down, up = torch.roll(u, 1, 2), torch.roll(u, -1, 2)
    by_i = torch.where(u[0] > 0, u - left, right - u)
    by_j = torch.where(u[1] > 0, u - down, up - u)
    lap = left + right + down + up - 4 * u
    return u + dt * (nu * lap / h**2 - (u[0] * by_i + u[1] * by_j) / h)


def loss(theta, u0, frames, nu, h, dt):
    parts = unflatten(theta)
    u, total = u0, 0.0
    for frame in frames:
        u = advance(u, nu, h, dt)
        u = u + correct(parts, u)
        total = total + torch.mean((u - frame)**2)
    return total


peer.run_torch(loss)
