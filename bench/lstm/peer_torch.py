# The LSTM objective in PyTorch.
import torch

import peer

N, LAYERS = 14, 2


def loss(theta, hidden0, cell0, text):
    gates = theta[:8 * LAYERS * N].view(8, LAYERS, N)
    in_weight, out_weight, out_bias = theta[8 * LAYERS * N:].view(3, N)
    layers = [torch.unbind(gates[:, k]) for k in range(LAYERS)]
    hidden, cell = list(hidden0), list(cell0)
    outputs = []
    for row in text[:-1] * in_weight:
        x = row
        for k, (wf, wi, wo, wc, bf, bi, bo, bc) in enumerate(layers):
            f = torch.sigmoid(x * wf + bf)
            i = torch.sigmoid(hidden[k] * wi + bi)
            o = torch.sigmoid(x * wo + bo)
            g = torch.tanh(hidden[k] * wc + bc)
            cell[k] = cell[k] * f + i * g
            hidden[k] = o * torch.tanh(cell[k])
            x = hidden[k]
        outputs.append(x)
    y = torch.stack(outputs) * out_weight + out_bias
    log_probability = y - torch.log(torch.sum(torch.exp(y), 1, keepdim=True) + 2)
    return -torch.sum(text[1:] * log_probability) / y.numel()


peer.run_torch(loss)
