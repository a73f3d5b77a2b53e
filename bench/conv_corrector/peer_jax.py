# The convolutional corrector in JAX.
import math

import jax
import jax.numpy as jnp

import peer

BLOCKS = 5
SHAPES = [(32, 2, 5, 5), (32,), (BLOCKS, 32, 32, 5, 5), (BLOCKS, 32), (BLOCKS, 32, 32, 5, 5),
          (BLOCKS, 32), (2, 32, 5, 5), (2,)]


def unflatten(theta):
    parts, at = [], 0
    for shape in SHAPES:
        size = math.prod(shape)
        parts.append(theta[at:at + size].reshape(shape))
        at += size
    return parts


def convolve(x, W, b):
    x = jnp.pad(x, ((0, 0), (2, 2), (2, 2)), mode="wrap")
    y = jax.lax.conv_general_dilated(x[None], W, (1, 1), "VALID")[0]
    return y + b[:, None, None]


def correct(parts, u):
    W_in, b_in, W_first, b_first, W_second, b_second, W_out, b_out = parts

    def block(x, layer):
        W1, b1, W2, b2 = layer
        return jax.nn.relu(x + convolve(jax.nn.relu(convolve(x, W1, b1)), W2, b2)), None

    x = jax.nn.relu(convolve(u, W_in, b_in))
    x, _ = jax.lax.scan(block, x, (W_first, b_first, W_second, b_second))
    return convolve(x, W_out, b_out)


def advance(u, nu, h, dt):
    left, right = jnp.roll(u, 1, 1), jnp.roll(u, -1, 1)
    down, up = jnp.roll(u, 1, 2), jnp.roll(u, -1, 2)
    by_i = jnp.where(u[0] > 0, u - left, right - u)
    by_j = jnp.where(u[1] > 0, u - down, up - u)
    lap = left + right + down + up - 4 * u
    return u + dt * (nu * lap / h**2 - (u[0] * by_i + u[1] * by_j) / h)


def loss(theta, u0, frames, nu, h, dt):
    parts = unflatten(theta)

    def step(u, frame):
        u = advance(u, nu, h, dt)
        u = u + correct(parts, u)
        return u, jnp.mean((u - frame)**2)

    _, misfits = jax.lax.scan(step, u0, frames)
    return jnp.sum(misfits)


peer.run_jax(loss)
