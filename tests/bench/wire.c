/* wire: an Ethernet switch in user space with a rate and a delay, for measuring over a slower network than the
 * machine's own where the kernel has no netem. Linux, root.
 *
 *     wire DELAY_US RATE_MBIT NAMESPACE...
 *
 * makes an interface eth0 in each named network namespace, says "ready", and switches between them until it is killed.
 * A frame occupies its sender's link for its length over the rate, is DELAY_US on its way, and then occupies its
 * receiver's link as long. A sender whose link is busy for more than BACKLOG_NS has to wait; a full queue loses
 * frames. */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { PORTS = 16, QUEUE = 4096, FRAME = 9216, ADDRESS = 6, BACKLOG_NS = 2000000, BURST = 32 };

typedef struct frame {
    int64_t due; /* when its receiver may have it, ns */
    size_t bytes;
    unsigned char data[FRAME];
} frame;

typedef struct port {
    int file;
    bool known;
    unsigned char address[ADDRESS]; /* of the one interface behind it */
    int64_t sending_until, receiving_until;
    frame *queue; /* (QUEUE), a ring */
    unsigned head, tail;
} port;

static port ports[PORTS];
static int port_count;
static int64_t delay;
static double ns_per_byte;

static int64_t now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

/* The interface of a namespace; this process is in it for the moment of making it. */
static bool open_port(port *p, const char *name, int own_namespace) {
    char path[256];
    (void)snprintf(path, sizeof path, "/run/netns/%s", name);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || setns(file, CLONE_NEWNET) != 0) return false;
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    (void)strcpy(request.ifr_name, "eth0");
    p->file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    const bool made = p->file >= 0 && ioctl(p->file, TUNSETIFF, &request) == 0;
    (void)close(file);
    p->queue = calloc(QUEUE, sizeof *p->queue);
    return setns(own_namespace, CLONE_NEWNET) == 0 && made && p->queue;
}

static void enqueue(port *to, int64_t sent_at, const unsigned char *data, size_t bytes) {
    if (to->tail - to->head == QUEUE) return;
    frame *f = &to->queue[to->tail++ % QUEUE];
    const int64_t length = (int64_t)((double)bytes * ns_per_byte);
    /* it arrives while it is sent: the receiver's link costs time only when another frame is on it */
    f->due = later(sent_at + delay, to->receiving_until + length);
    to->receiving_until = f->due;
    f->bytes = bytes;
    memcpy(f->data, data, bytes);
}

/* to the port that the frame is for, or to all others */
static void forward(port *from, const unsigned char *data, size_t bytes) {
    from->sending_until = later(from->sending_until, now()) + (int64_t)((double)bytes * ns_per_byte);
    memcpy(from->address, data + ADDRESS, ADDRESS);
    from->known = true;
    port *only = NULL;
    for (port *p = ports; p < ports + port_count; p++)
        if (p->known && memcmp(p->address, data, ADDRESS) == 0) only = p;
    for (port *p = ports; p < ports + port_count; p++)
        if (p != from && (!only || p == only)) enqueue(p, from->sending_until, data, bytes);
}

static void deliver(port *p, int64_t time) {
    for (; p->head != p->tail && p->queue[p->head % QUEUE].due <= time; p->head++) {
        const frame *f = &p->queue[p->head % QUEUE];
        if (write(p->file, f->data, f->bytes) < 0) continue; /* the interface is down: lost */
    }
}

static void receive(port *p) {
    unsigned char data[FRAME];
    for (int k = 0; k < BURST; k++) {
        const ssize_t bytes = read(p->file, data, sizeof data);
        if (bytes < 2 * ADDRESS) return;
        forward(p, data, (size_t)bytes);
    }
}

static void turn(void) {
    struct pollfd files[PORTS];
    const int64_t start = now();
    int64_t next = start + 1000000000;
    for (int i = 0; i < port_count; i++) {
        port *p = &ports[i];
        deliver(p, start);
        if (p->head != p->tail && p->queue[p->head % QUEUE].due < next) next = p->queue[p->head % QUEUE].due;
        const bool busy = p->sending_until - start > BACKLOG_NS;
        if (busy && p->sending_until - BACKLOG_NS < next) next = p->sending_until - BACKLOG_NS;
        files[i] = (struct pollfd){.fd = p->file, .events = busy ? 0 : POLLIN};
    }
    const int64_t wait = later(next - now(), 0);
    const struct timespec most = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};
    if (ppoll(files, (nfds_t)port_count, &most, NULL) <= 0) return;
    for (int i = 0; i < port_count; i++)
        if (files[i].revents & POLLIN) receive(&ports[i]);
}

int main(int argc, char **argv) {
    if (argc < 4 || argc - 3 > PORTS) {
        (void)fprintf(stderr, "usage: wire DELAY_US RATE_MBIT NAMESPACE... (at most %d)\n", PORTS);
        return 2;
    }
    delay = (int64_t)(1e3 * strtod(argv[1], NULL));
    ns_per_byte = 8e3 / strtod(argv[2], NULL);
    const int own_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    for (int i = 3; i < argc; i++) {
        if (!open_port(&ports[port_count++], argv[i], own_namespace)) {
            perror(argv[i]);
            return 1;
        }
    }
    (void)prctl(PR_SET_TIMERSLACK, 1000UL); /* ns: 50 us by default, as much as the delay itself */
    (void)puts("ready");
    (void)fflush(stdout);
    for (;;) turn();
}
