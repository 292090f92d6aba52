#!/bin/bash
# Ranks that wait: on a rank that is stopped the others must sleep, not spin, whether they wait in memory that they share
# or for messages. What they take is counted in processor time, which no other load of the machine adds to.
. "$(dirname "$0")/../shell.sh"

make_run 100000000 100 "every: 100"
# processor time of a process and all its threads, in hundredths of a second
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk -v hz="$(getconf CLK_TCK)" '{print int(100 * ($12 + $13) / hz)}'; }

for layout in 2x0 3x0 2x1; do
    HOLODE_NODE_RANKS=${layout#*x} start "$layout" "${layout%x*}"
    check "$layout: a checkpoint" await '[ -n "$(newest $OUT)" ]'
    stopped=$(rank_of 1) waiting=$(rank_of 0)
    kill -STOP "$stopped"
    sleep 0.2       # it stops, and the other one comes to where it waits
    before=$(ticks "$waiting"); sleep 2; after=$(ticks "$waiting")
    check "$layout: $((after - before)) hundredths of a second in two seconds of waiting, expected fewer than 30" \
        [ $((after - before)) -lt 30 ]
    kill -CONT "$stopped"
    seen=$(newest "$OUT")
    check "$layout: goes on" await '[ "$(newest $OUT)" != $seen ]'
    kill -USR1 "$waiting"
    ended 75 "$layout"
done

# Threads: those of OpenMP sleep soon, too, unless the environment says how they wait.
# threads NAME=VALUE...: in out what the environment of a run of two threads, the same process, says about it
threads() {
    rm -rf alone
    env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_NUM_THREADS=2 "$@" "$HOLODE" train run.yaml -o alone >said 2>&1 </dev/null &
    pid=$!
    await '[ -n "$(newest alone)" ]' || return
    tr '\0' '\n' <"/proc/$pid/environ" | grep -E '^(GOMP_SPINCOUNT|OMP_WAIT_POLICY)=' >out
    [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "$HOLODE train run.yaml -o alone " ] || echo "another command line" >>out
    kill -USR1 $pid; wait $pid
}
threads LC_ALL=C
check "threads sleep soon" [ "$(cat out)" = GOMP_SPINCOUNT=2000 ]
threads OMP_WAIT_POLICY=active
check "unless OMP_WAIT_POLICY is set" [ "$(cat out)" = OMP_WAIT_POLICY=active ]
threads GOMP_SPINCOUNT=7
check "or GOMP_SPINCOUNT" [ "$(cat out)" = GOMP_SPINCOUNT=7 ]
threads OMP_NUM_THREADS=1
check "or there is one thread" [ "$(cat out)" = "" ]

# A busy machine may let MPI's own thread in late: here it turns to what it is woken for after 0.4 s, when a short command
# is about to end. That ends as it should all the same.
cat >late.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
typedef struct start { void *(*run)(void *), *argument; int is_late; } start;
static __thread int is_late;
static void *begin(void *given) {
    const start s = *(start *)given;
    free(given);
    is_late = s.is_late;
    return s.run(s.argument);
}
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    Dl_info whose = {0};
    start *s = malloc(sizeof *s);
    dladdr((void *)run, &whose);
    *s = (start){run, argument, whose.dli_fname && strstr(whose.dli_fname, "libopen-pal")};
    return real(thread, attributes, begin, s);
}
static int later(int found) {       /* wants to run all the time */
    struct timespec at, now;
    clock_gettime(CLOCK_MONOTONIC, &at);
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while (is_late && (now.tv_sec - at.tv_sec) + 1e-9 * (now.tv_nsec - at.tv_nsec) < 0.4);
    return found;
}
int poll(struct pollfd *files, nfds_t count, int most) {
    int (*real)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
    return later(real(files, count, most));
}
int epoll_wait(int file, struct epoll_event *events, int count, int most) {
    int (*real)(int, struct epoll_event *, int, int) = dlsym(RTLD_NEXT, "epoll_wait");
    return later(real(file, events, count, most));
}
C
if ${CC:-cc} -shared -fPIC -o late.so late.c -ldl 2>/dev/null; then
    exits 0 "a thread let in late" mpi 2 env LD_PRELOAD="$PWD/late.so" OMP_NUM_THREADS=1 "$HOLODE" data describe data.h5
else skip "no C compiler for a library that lets a thread in late"; fi
