# The Gaussian mixture objective in PyTorch.
import math

import torch

import peer

D, K, M = 10, 25, 0
COLUMNS, ROWS = torch.triu_indices(D, D, 1)  # what is below the diagonal, column by column


def log_wishart(gamma):
    freedom = D + M + 1
    log_gamma = 0.25 * D * (D - 1) * math.log(math.pi)
    log_gamma += sum(math.lgamma(0.5 * (freedom - j)) for j in range(D))
    return freedom * D * (torch.log(gamma) - 0.5 * math.log(2)) - log_gamma


def loss(alphas, means, factors, x, gamma):
    diagonal, below = torch.exp(factors[:, :D]), factors[:, D:]
    Q = torch.diag_embed(diagonal)
    Q[:, ROWS, COLUMNS] = below
    sum_q = torch.sum(factors[:, :D], 1)
    centred = x[:, None, :] - means
    squares = torch.sum(torch.einsum("kji,nki->nkj", Q, centred)**2, 2)
    likelihood = torch.sum(torch.logsumexp(alphas + sum_q - 0.5 * squares, 1))
    prior = torch.sum(0.5 * gamma**2 * (torch.sum(diagonal**2, 1) + torch.sum(below**2, 1)) -
                      M * sum_q)
    n = len(x)
    return (-0.5 * n * D * math.log(2 * math.pi) + likelihood - n * torch.logsumexp(alphas, 0) +
            prior - K * log_wishart(gamma))


peer.run_torch(loss)
