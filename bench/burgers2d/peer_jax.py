# The two-dimensional Burgers equation in JAX.
import jax
import jax.numpy as jnp

import peer

STEPS = 200


def loss(u0, v0, nu, dt, u_obs, v_obs):
    h = 1 / u0.shape[0]

    def rhs(w, u, v):
        up, down = jnp.roll(w, -1, 0), jnp.roll(w, 1, 0)
        right, left = jnp.roll(w, -1, 1), jnp.roll(w, 1, 1)
        diffusion = nu * (up + down + right + left - 4 * w) / h**2
        return diffusion - u * (up - down) / (2 * h) - v * (right - left) / (2 * h)

    def step(state, _):
        u, v = state
        return (u + dt * rhs(u, u, v), v + dt * rhs(v, u, v)), None

    # The step is recomputed on the way back: only the velocities are kept, as by hand.
    (u, v), _ = jax.lax.scan(jax.checkpoint(step), (u0, v0), None, length=STEPS)
    return jnp.sum((u - u_obs)**2) + jnp.sum((v - v_obs)**2)


peer.run_jax(loss)
