#!/usr/bin/env python3
"""How much variance it adds to a gradient that hidden units enter by 4-bit levels (include/num/kernels.h), not by their
probabilities.

    holode data import ... -o DATA.h5; holode train ...; tests/bench/levels.py CHECKPOINT DATA.h5 [SET]

Takes the couplings' entries v_i p_j of an RBM over 512 samples and over its chains. Their variance with probabilities is
that of v_i p_j between chains; what levels add is the variance of sum_c v_ci (level_cj / 15 - p_cj) over offsets of the
dither, of which 256 are drawn. Both are summed over all entries, as they are and centred, where v and p are less their
means. `independent` is what levels would add that are drawn independently for each chain; `sampled h` what states add
in the place of probabilities. "Rare" are the hidden units that are on in fewer than one chain in a hundred."""
import sys

import h5py
import numpy as np

LEVELS, BITS, STEP, OFFSETS, SAMPLES = 15, 15, 20251, 256, 512


def probabilities(visible, parameters):
    fields = visible @ parameters["weights"] + parameters["hidden_bias"]
    return np.rint(1 / (1 + np.exp(-fields)) * 2**BITS)  # whole numbers of 2^-15


def ratio(added, kept):
    return added.sum() / kept.sum() if kept.sum() > 0 else float("nan")


def compare(name, visible, p, columns):
    """variances per entry of a mean over the chains, times the number of chains"""
    chains, share = len(visible), p[:, columns] / 2**BITS
    fraction = LEVELS * p[:, columns] / 2**BITS % 1
    u0 = np.arange(chains)[:, None] * STEP
    random = np.random.default_rng(1)
    for centred in False, True:
        v = visible - visible.mean(0) if centred else visible
        q = share - share.mean(0) if centred else share
        kept = (v**2).T @ q**2 / chains - (v.T @ q / chains) ** 2
        added = np.zeros_like(kept)
        for _ in range(OFFSETS):
            u = (u0 + random.integers(0, 2**BITS, (1, columns.sum()))) % 2**BITS
            error = (LEVELS * p[:, columns] + u) // 2**BITS / LEVELS - share
            added += (v.T @ error) ** 2 / chains / OFFSETS
        independent = (v**2).T @ (fraction * (1 - fraction)) / LEVELS**2 / chains
        sampled = (v**2).T @ (share * (1 - share)) / chains
        print(f"{name:22} {'centred' if centred else 'plain':8} {columns.sum():6} {100 * ratio(added, kept):11.2f} "
              f"{100 * ratio(independent, kept):11.2f} {100 * ratio(sampled, kept):11.2f}")


def main():
    path, data = sys.argv[1:3]
    which = sys.argv[3] if len(sys.argv) > 3 else "train"
    with h5py.File(path, "r") as f:
        parameters = {name: f["parameters"][name][:].astype(float) for name in ("weights", "hidden_bias")}
        chains = f["chains/visible"][:].astype(float)
    with h5py.File(data, "r") as f:
        samples = f[which][:SAMPLES].astype(float)
    if samples.max() > 1:
        samples = (samples >= 128).astype(float)
    print(f"{'variance added, %':22} {'entries':8} {'hidden':>6} {'levels':>11} {'independent':>11} {'sampled h':>11}")
    for name, visible in ("data", samples), ("chains", chains):
        p = probabilities(visible, parameters)
        rare = p.mean(0) < 2**BITS / 100
        for label, columns in (name, np.ones(p.shape[1], bool)), (name + ", rare units", rare):
            if columns.any():
                compare(label, visible, p, columns)


main()
