/* SPDX-License-Identifier: ISC */
#ifndef USAGE_H
#define USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* What a process of ours has used, asked of the kernel. 0 when it cannot be known. */

uint64_t usage_resident(pid_t); /* bytes */

/* A process's clock of processor time, all threads; it goes on being readable when the
 * process is a corpse. CLOCK_REALTIME: it cannot be known. */
clockid_t usage_clock(pid_t);
uint64_t usage_cpu_ms(clockid_t);

/* SIGXCPU to it once it has used so many milliseconds in all, rounded up to seconds. */
void usage_limit_cpu(pid_t, uint64_t total_ms);

/* How many processes the kernel has killed for lack of memory in our cgroup (cgroup v2,
 * memory.events). */
uint64_t usage_oom_kills(void);

/* The process gets no more memory than this from now on; what it has it keeps. False:
 * errno. */
bool usage_limit_memory(pid_t, uint64_t bytes);

/* No file that the process writes gets longer than this from now on. False: errno. */
bool usage_limit_file(pid_t, uint64_t bytes);

#endif
