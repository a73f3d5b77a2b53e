# The wave equation in a cube in JAX.
import jax
import jax.numpy as jnp

import peer

STEPS = 100


def laplacian(u):
    w = jnp.pad(u, 1)
    return (w[:-2, 1:-1, 1:-1] + w[2:, 1:-1, 1:-1] + w[1:-1, :-2, 1:-1] + w[1:-1, 2:, 1:-1] +
            w[1:-1, 1:-1, :-2] + w[1:-1, 1:-1, 2:] - 6 * u)


def loss(u0, c, dt, h, u_obs):
    k = (c * dt / h)**2

    def step(state, _):
        u, before = state
        return (2 * u - before + k * laplacian(u), u), None

    (u, _), _ = jax.lax.scan(step, (u0, u0), None, length=STEPS)
    return jnp.sum((u - u_obs)**2)


peer.run_jax(loss)
