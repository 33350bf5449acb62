/* SPDX-License-Identifier: ISC */
#ifndef TRIAL_H
#define TRIAL_H

struct jail_layers;

/*
 * What a worker must not be able to do, each as a function that tries it from inside the
 * jail: for `bulkhead doctor` and for tests. The worker tries one only when its command
 * line says so, and then takes no order.
 */

/* Try it. 0: it was possible, and was undone where that matters; else what refused it, a
 * value of errno. It may also be the end of the process (SIGSYS). -1: no such trial. */
int trial_try(const char *name);

/*
 * What a worker with trial=NAME does in its jail. On standard error: "refused N", N from
 * errno, or "possible". With an empty NAME: the layers in force, a tab, those that are
 * missing, and a line for each trial, its name, a tab, what it tries. The exit code.
 */
int trial_run(const struct jail_layers *, const char *name);

#endif
