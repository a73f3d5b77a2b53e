# The neural ODE in JAX.
import math

import jax
import jax.numpy as jnp

import peer

STEPS = 100
SHAPES = [(128, 64), (128,), (128, 128), (128,), (64, 128), (64,)]


def unflatten(theta):
    parts, at = [], 0
    for shape in SHAPES:
        size = math.prod(shape)
        parts.append(theta[at:at + size].reshape(shape))
        at += size
    return parts


def loss(theta, u0, target, duration):
    W0, b0, W1, b1, W2, b2 = unflatten(theta)
    dt = duration / STEPS

    def rate(u):
        return jnp.tanh(jnp.tanh(u @ W0.T + b0) @ W1.T + b1) @ W2.T + b2

    def step(u, _):
        k1 = rate(u)
        k2 = rate(u + 0.5 * dt * k1)
        k3 = rate(u + 0.5 * dt * k2)
        k4 = rate(u + dt * k3)
        return u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    u, _ = jax.lax.scan(step, u0, length=STEPS)
    return jnp.mean((u - target)**2)


peer.run_jax(loss)
