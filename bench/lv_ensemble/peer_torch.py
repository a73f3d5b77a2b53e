# An ensemble of hybrid Lotka-Volterra systems in PyTorch: members are rows of a batch.
import math

import torch

import peer

SHAPES = [(32, 2), (32,), (32, 32), (32,), (1, 32), (1,)]


def unflatten(theta):
    parts = torch.split(theta, [math.prod(shape) for shape in SHAPES])
    return [part.view(shape) for part, shape in zip(parts, SHAPES)]


def mlp(net, x):
    W0, b0, W1, b1, W2, b2 = net
    hidden = torch.tanh(torch.nn.functional.linear(x, W0, b0))
    hidden = torch.tanh(torch.nn.functional.linear(hidden, W1, b1))
    return torch.nn.functional.linear(hidden, W2, b2)[:, 0]


def loss(theta, x0, y0, dt, x_obs, y_obs):
    prey, predator, decay = unflatten(theta[:1185]), unflatten(theta[1185:2370]), theta[2370]
    x, y, xs, ys = x0, y0, [], []
    for _ in range(x_obs.shape[1]):
        x = x + dt * (1.3 * x + mlp(prey, torch.stack([x, y], 1)))
        y = y + dt * (mlp(predator, torch.stack([x, y], 1)) - decay * y)
        xs.append(x)
        ys.append(y)
    misfits = (torch.stack(xs, 1) - x_obs)**2 + (torch.stack(ys, 1) - y_obs)**2
    return torch.mean(torch.sum(misfits, 1))


peer.run_torch(loss)
