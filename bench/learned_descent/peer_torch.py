# Learned gradient descent in PyTorch: torch.autograd.grad with create_graph in the loop; Joseph's projector
# is a sparse matrix.
import numpy
import torch
from torch.nn.functional import conv2d, relu

import joseph
import peer

N, VIEWS, BINS = peer.inputs["truth"].shape[1], *peer.inputs["b"].shape[1:]
SHAPES = [(32, 8, 3, 3), (32,), (32, 32, 3, 3), (32,), (6, 32, 3, 3), (6,)]

rows, columns, weights = joseph.projector(N, VIEWS, BINS)
A = torch.sparse_coo_tensor(numpy.stack([rows, columns]), weights, (VIEWS * BINS, N * N)).to_sparse_csr()
At = torch.sparse_coo_tensor(numpy.stack([columns, rows]), weights, (N * N, VIEWS * BINS)).to_sparse_csr()


class Project(torch.autograd.Function):
    """A a; PyTorch would find the adjoint of a sparse product, but with a transposition each time."""
    @staticmethod
    def forward(context, a):
        return A @ a

    @staticmethod
    def backward(context, bar):
        return Backproject.apply(bar)


class Backproject(torch.autograd.Function):
    @staticmethod
    def forward(context, y):
        return At @ y

    @staticmethod
    def backward(context, bar):
        return Project.apply(bar)


def project(a):
    return Project.apply(a.reshape(len(a), -1).T).T.reshape(len(a), VIEWS, BINS)


def unflatten(theta):
    parts = torch.split(theta, [int(numpy.prod(shape)) for shape in SHAPES])
    return [part.view(shape) for part, shape in zip(parts, SHAPES)]


def gradients(a, b, size, is_recorded):
    """Of the discrepancy and of the roughness, recorded if what comes is to be differentiated."""
    with torch.enable_grad():
        if not a.requires_grad:
            a = a.detach().requires_grad_()
        discrepancy = 0.5 * torch.sum((project(a) / size - b / size)**2)
        roughness = 0.5 * (torch.sum(torch.diff(a, dim=1)**2) + torch.sum(torch.diff(a, dim=2)**2))
        da, = torch.autograd.grad(discrepancy, a, create_graph=is_recorded)
        dR, = torch.autograd.grad(roughness, a, create_graph=is_recorded)
    return da, dR


def reconstruct(parts, a, b, size):
    W1, b1, W2, b2, W3, b3 = parts
    memory = a.new_zeros(len(a), 5, N, N)
    is_recorded = torch.is_grad_enabled()
    for _ in range(10):
        da, dR = gradients(a, b, size, is_recorded)
        u = torch.cat([torch.stack([a, 50 * da, 0.1 * dR], 1), memory], 1)
        y = conv2d(relu(conv2d(relu(conv2d(u, W1, b1, padding=1)), W2, b2, padding=1)), W3, b3,
                   padding=1)
        a = a - 0.1 * y[:, 0]
        memory = relu(y[:, 1:])
    return a


def loss(theta, start, b, truth, size):
    return torch.mean((reconstruct(unflatten(theta), start, b, size) - truth)**2)


peer.run_torch(loss)
