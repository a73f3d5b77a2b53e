# The two-dimensional Burgers equation in PyTorch.
import torch

import peer

STEPS = 200


def loss(u0, v0, nu, dt, u_obs, v_obs):
    h = 1 / u0.shape[0]

    def rhs(w, u, v):
        up, down = torch.roll(w, -1, 0), torch.roll(w, 1, 0)
        right, left = torch.roll(w, -1, 1), torch.roll(w, 1, 1)
        diffusion = nu * (up + down + right + left - 4 * w) / h**2
        return diffusion - u * (up - down) / (2 * h) - v * (right - left) / (2 * h)

    u, v = u0, v0
    for _ in range(STEPS):
        u, v = u + dt * rhs(u, u, v), v + dt * rhs(v, u, v)
    return torch.sum((u - u_obs)**2) + torch.sum((v - v_obs)**2)


peer.run_torch(loss)
