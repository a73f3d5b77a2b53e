# The Gaussian mixture objective in JAX.
import math

import jax.numpy as jnp
import numpy
from jax.scipy.special import logsumexp

import peer

D, K, M = 10, 25, 0
COLUMNS, ROWS = numpy.triu_indices(D, 1)  # what is below the diagonal, column by column


def log_wishart(gamma):
    freedom = D + M + 1
    log_gamma = 0.25 * D * (D - 1) * math.log(math.pi)
    log_gamma += sum(math.lgamma(0.5 * (freedom - j)) for j in range(D))
    return freedom * D * (jnp.log(gamma) - 0.5 * math.log(2)) - log_gamma


def loss(alphas, means, factors, x, gamma):
    diagonal, below = jnp.exp(factors[:, :D]), factors[:, D:]
    lower = jnp.zeros((K, D, D)).at[:, ROWS, COLUMNS].set(below)
    Q = lower + diagonal[:, :, None] * jnp.eye(D)
    sum_q = jnp.sum(factors[:, :D], 1)
    centred = x[:, None, :] - means
    squares = jnp.sum(jnp.einsum("kji,nki->nkj", Q, centred)**2, 2)
    likelihood = jnp.sum(logsumexp(alphas + sum_q - 0.5 * squares, axis=1))
    prior = jnp.sum(0.5 * gamma**2 * (jnp.sum(diagonal**2, 1) + jnp.sum(below**2, 1)) - M * sum_q)
    n = len(x)
    return (-0.5 * n * D * math.log(2 * math.pi) + likelihood - n * logsumexp(alphas) + prior -
            K * log_wishart(gamma))


peer.run_jax(loss)
