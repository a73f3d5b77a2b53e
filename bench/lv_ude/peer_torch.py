# The hybrid Lotka-Volterra model in PyTorch.
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
    return torch.nn.functional.linear(hidden, W2, b2)[0]


def loss(theta, x0, y0, dt, x_obs, y_obs):
    prey, predator, decay = unflatten(theta[:1185]), unflatten(theta[1185:2370]), theta[2370]
    x, y, xs, ys = x0, y0, [], []
    for _ in range(len(x_obs)):
        x = x + dt * (1.3 * x + mlp(prey, torch.stack([x, y])))
        y = y + dt * (mlp(predator, torch.stack([x, y])) - decay * y)
        xs.append(x)
        ys.append(y)
    return torch.sum((torch.stack(xs) - x_obs)**2) + torch.sum((torch.stack(ys) - y_obs)**2)


peer.run_torch(loss)
