# The Lorenz system in JAX: a scan over steps in a scan over blocks, which are recomputed.
import jax
import jax.numpy as jnp

import peer

BLOCKS, STEPS = 1000, 1000


def loss(x0, y0, z0, sigma, rho, beta, dt):
    def slope(u):
        x, y, z = u
        return jnp.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])

    def step(carried, _):
        u, total = carried
        k1 = slope(u)
        k2 = slope(u + 0.5 * dt * k1)
        k3 = slope(u + 0.5 * dt * k2)
        k4 = slope(u + dt * k3)
        u = u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return (u, total + u[2]), None

    @jax.checkpoint
    def block(carried, _):
        return jax.lax.scan(step, carried, None, length=STEPS)

    start = (jnp.stack([x0, y0, z0]), jnp.zeros_like(x0))
    (_, total), _ = jax.lax.scan(block, start, None, length=BLOCKS)
    return total / (BLOCKS * STEPS)


peer.run_jax(loss)
