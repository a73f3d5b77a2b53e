# The neural ODE in PyTorch.
import math

import torch

import peer

STEPS = 100
SHAPES = [(128, 64), (128,), (128, 128), (128,), (64, 128), (64,)]


def unflatten(theta):
    parts = torch.split(theta, [math.prod(shape) for shape in SHAPES])
    return [part.view(shape) for part, shape in zip(parts, SHAPES)]


def loss(theta, u0, target, duration):
    W0, b0, W1, b1, W2, b2 = unflatten(theta)
    dt = duration / STEPS

    def rate(u):
        u = torch.tanh(torch.nn.functional.linear(u, W0, b0))
        u = torch.tanh(torch.nn.functional.linear(u, W1, b1))
        return torch.nn.functional.linear(u, W2, b2)

    u = u0
    for _ in range(STEPS):
        k1 = rate(u)
        k2 = rate(u + 0.5 * dt * k1)
        k3 = rate(u + 0.5 * dt * k2)
        k4 = rate(u + dt * k3)
        u = u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return torch.mean((u - target)**2)


peer.run_torch(loss)
