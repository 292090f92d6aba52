"""What the programs that measure peers share: a process of its own with so many threads, its clock, and PyTorch's way
to draw states."""
import os
import sys
import time


def settle(threads):
    """Starts the program anew where its libraries would not read, when they are loaded, what they shall: threads; and
    that memory is kept between steps. Returns the clock: of one thread its processor time, on which other processes
    count as little as they can."""
    wanted = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads),
              "MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.environ.update(wanted)
        os.execv(sys.executable, [sys.executable] + sys.argv)
    return time.process_time if threads == 1 else time.perf_counter


def draw_states(fields):
    """The numbers of states drawn from the softmax of fields (.., sites, states), which are overwritten: where a number
    lies among cumulative sums, a fifth of the time of PyTorch's multinomial or of an exponential race."""
    import torch
    sums = fields.sub_(fields.amax(-1, keepdim=True)).exp_().cumsum(-1)
    numbers = torch.rand(*fields.shape[:-1], 1) * sums[..., -1:]
    return torch.searchsorted(sums, numbers).squeeze_(-1).clamp_(max=fields.shape[-1] - 1)
