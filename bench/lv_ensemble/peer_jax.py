# An ensemble of hybrid Lotka-Volterra systems in JAX: vmap over the members.
import math

import jax
import jax.numpy as jnp

import peer

SHAPES = [(32, 2), (32,), (32, 32), (32,), (1, 32), (1,)]


def unflatten(theta):
    parts, at = [], 0
    for shape in SHAPES:
        size = math.prod(shape)
        parts.append(theta[at:at + size].reshape(shape))
        at += size
    return parts


def mlp(net, x):
    W0, b0, W1, b1, W2, b2 = net
    return (W2 @ jnp.tanh(W1 @ jnp.tanh(W0 @ x + b0) + b1) + b2)[0]


def loss(theta, x0, y0, dt, x_obs, y_obs):
    prey, predator, decay = unflatten(theta[:1185]), unflatten(theta[1185:2370]), theta[2370]

    def misfit(x0, y0, x_obs, y_obs):
        def step(state, observed):
            x, y = state
            x = x + dt * (1.3 * x + mlp(prey, jnp.stack([x, y])))
            y = y + dt * (mlp(predator, jnp.stack([x, y])) - decay * y)
            return (x, y), (x - observed[0])**2 + (y - observed[1])**2

        _, misfits = jax.lax.scan(step, (x0, y0), (x_obs, y_obs))
        return jnp.sum(misfits)

    return jnp.mean(jax.vmap(misfit)(x0, y0, x_obs, y_obs))


peer.run_jax(loss)
