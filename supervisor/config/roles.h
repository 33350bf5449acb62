/* SPDX-License-Identifier: ISC */
#ifndef ROLES_H
#define ROLES_H

/*
 * The verbs of bulkhead, each one straight function: argc and argv as after the
 * verb (argv[0] is the verb), the exit code as result.
 */
enum role_exit {
	ROLE_FINE = 0,
	ROLE_FAILED = 1,
	ROLE_USAGE = 2,     /* bad arguments or configuration */
	ROLE_HOPELESS = 70, /* no worker ever became ready (EX_SOFTWARE) */
	ROLE_TAKEN = 75,    /* another supervisor holds this spool (EX_TEMPFAIL) */
};

int serve_main(int argc, char **argv);
int check_main(int argc, char **argv);
int dump_main(int argc, char **argv);
int list_main(int argc, char **argv);
int convert_main(int argc, char **argv);
int dead_main(int argc, char **argv);
int filter_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int operate_main(int argc, char **argv); /* status, workers, pause ... */
int keeper_main(int argc, char **argv);  /* started by the service only */

#endif
