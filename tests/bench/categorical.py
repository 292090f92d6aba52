#!/usr/bin/env python3
"""Training steps of PyTorch with categorical visible units, at the size of bench_categorical: 100 sites of 21 states,
200 hidden units, batch = chains = 512, persistent contrastive divergence with one sweep.

Two ways, each with float32 and updates in place: `one-hot`, as matrix products of states of 0 and 1, as it is usually
written; and `rows`, which adds the rows of couplings that states select (embedding_bag) and sums the gradient by
index_add_. States are drawn as peer.py says. Prints one JSON object a line: milliseconds a step, median and best of
several rounds, and of a product of the one-hot states with the couplings.

    categorical.py --threads 1 [--seconds 2]
"""
import argparse
import json
import statistics
import sys

import peer

SITES, STATES, HIDDEN, BATCH, ROUNDS = 100, 21, 200, 512, 7


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    return parser.parse_args()


def time_of(step, seconds, clock):
    """Milliseconds a call: median and best of ROUNDS rounds of a part of `seconds` each."""
    for _ in range(2):
        step()
    rounds = []
    for _ in range(ROUNDS):
        steps, start = 0, clock()
        while steps < 2 or clock() - start < seconds / ROUNDS:
            step()
            steps += 1
        rounds.append(1e3 * (clock() - start) / steps)
    return {"milliseconds": round(statistics.median(rounds), 3), "best": round(min(rounds), 3)}


def main():
    a = parse()
    clock = peer.settle(a.threads)
    try:
        import torch
    except ImportError as error:
        print(f"categorical.py: SKIPPED PyTorch: it is not installed ({error})", file=sys.stderr)
        return
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    units = SITES * STATES
    weights, visible_bias, hidden_bias = torch.randn(units, HIDDEN) * 0.05, torch.zeros(units), torch.zeros(HIDDEN)
    first = torch.arange(SITES) * STATES
    data = torch.randint(STATES, (BATCH, SITES)) + first
    one_hot = torch.zeros(BATCH, units).scatter_(1, data, 1)
    scale = 0.01 / BATCH
    chains = torch.bernoulli(torch.full((BATCH, HIDDEN), 0.5))

    def draw(h):
        fields = torch.addmm(visible_bias, h, weights.t()).view(BATCH, SITES, STATES)
        return peer.draw_states(fields) + first

    def step_one_hot():
        nonlocal chains
        positive = torch.addmm(hidden_bias, one_hot, weights).sigmoid_()
        x = torch.zeros(BATCH, units).scatter_(1, draw(chains), 1)
        negative = torch.addmm(hidden_bias, x, weights).sigmoid_()
        chains = torch.bernoulli(negative)
        weights.addmm_(one_hot.t(), positive, alpha=scale).addmm_(x.t(), negative, alpha=-scale)
        visible_bias.add_(one_hot.sum(0) - x.sum(0), alpha=scale)
        hidden_bias.add_(positive.sum(0) - negative.sum(0), alpha=scale)

    def step_rows():
        nonlocal chains
        bag = torch.nn.functional.embedding_bag
        positive = bag(data, weights, mode="sum").add_(hidden_bias).sigmoid_()
        x = draw(chains)
        negative = bag(x, weights, mode="sum").add_(hidden_bias).sigmoid_()
        chains = torch.bernoulli(negative)
        for states, probabilities, sign in ((data, positive, scale), (x, negative, -scale)):
            rows = probabilities.unsqueeze(1).expand(BATCH, SITES, HIDDEN).reshape(-1, HIDDEN)
            weights.index_add_(0, states.view(-1), rows, alpha=sign)
            visible_bias.add_(torch.bincount(states.view(-1), minlength=units), alpha=sign)
        hidden_bias.add_(positive.sum(0) - negative.sum(0), alpha=scale)

    with torch.inference_mode():
        for way, step in (("one-hot", step_one_hot), ("rows", step_rows),
                          ("a product", lambda: torch.mm(one_hot, weights))):
            print(json.dumps({"peer": "PyTorch", "version": torch.__version__, "way": way, "threads": a.threads,
                              **time_of(step, a.seconds, clock)}), flush=True)


if __name__ == "__main__":
    main()
