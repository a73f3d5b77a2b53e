# The LSTM objective in JAX.
import jax
import jax.numpy as jnp

import peer

N, LAYERS = 14, 2


def loss(theta, hidden0, cell0, text):
    gates = theta[:8 * LAYERS * N].reshape(8, LAYERS, N)
    in_weight, out_weight, out_bias = theta[8 * LAYERS * N:].reshape(3, N)

    def step(state, rows):
        (hidden, cell), (row, following) = state, rows
        x, hiddens, cells = row * in_weight, [], []
        for k in range(LAYERS):
            wf, wi, wo, wc, bf, bi, bo, bc = gates[:, k]
            f = jax.nn.sigmoid(x * wf + bf)
            i = jax.nn.sigmoid(hidden[k] * wi + bi)
            o = jax.nn.sigmoid(x * wo + bo)
            g = jnp.tanh(hidden[k] * wc + bc)
            cells.append(cell[k] * f + i * g)
            hiddens.append(o * jnp.tanh(cells[k]))
            x = hiddens[k]
        y = x * out_weight + out_bias
        gain = jnp.dot(following, y - jnp.log(jnp.sum(jnp.exp(y)) + 2))
        return (jnp.stack(hiddens), jnp.stack(cells)), gain

    _, gains = jax.lax.scan(step, (hidden0, cell0), (text[:-1], text[1:]))
    return -jnp.sum(gains) / (len(text) - 1) / N


peer.run_jax(loss)
