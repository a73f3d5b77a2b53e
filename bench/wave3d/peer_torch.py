# The wave equation in a cube in PyTorch.
import torch

import peer

STEPS = 100


def laplacian(u):
    w = torch.nn.functional.pad(u, (1, 1, 1, 1, 1, 1))
    return (w[:-2, 1:-1, 1:-1] + w[2:, 1:-1, 1:-1] + w[1:-1, :-2, 1:-1] + w[1:-1, 2:, 1:-1] +
            w[1:-1, 1:-1, :-2] + w[1:-1, 1:-1, 2:] - 6 * u)


def loss(u0, c, dt, h, u_obs):
    k = (c * dt / h)**2
    u, before = u0, u0
    for _ in range(STEPS):
        u, before = 2 * u - before + k * laplacian(u), u
    return torch.sum((u - u_obs)**2)


peer.run_torch(loss)
