# The wave equation in a cube in PyTorch. What autograd records of ten steps is made again on the way
# back: of all hundred it would be 16 GB.
import torch
from torch.utils.checkpoint import checkpoint

import peer

STEPS, BLOCK = 100, 10


def laplacian(u):
    w = torch.nn.functional.pad(u, (1, 1, 1, 1, 1, 1))
    return (w[:-2, 1:-1, 1:-1] + w[2:, 1:-1, 1:-1] + w[1:-1, :-2, 1:-1] + w[1:-1, 2:, 1:-1] +
            w[1:-1, 1:-1, :-2] + w[1:-1, 1:-1, 2:] - 6 * u)


def block(u, before, k):
    for _ in range(BLOCK):
        u, before = 2 * u - before + k * laplacian(u), u
    return u, before


def loss(u0, c, dt, h, u_obs):
    k = (c * dt / h)**2
    u, before = u0, u0
    for _ in range(STEPS // BLOCK):
        u, before = checkpoint(block, u, before, k, use_reentrant=False)
    return torch.sum((u - u_obs)**2)


peer.run_torch(loss)
