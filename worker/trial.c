/* SPDX-License-Identifier: ISC */
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jail.h"
#include "proto/channel.h"

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101 /* include/uapi/asm-generic/mman-common.h */
#endif

/* The errno of a call that returned -1, 0 for any other. */
static int trial_said(long result)
{
	return result == -1 ? errno : 0;
}

static int open_for(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	int err = trial_said(fd);

	if (fd != -1)
		(void)close(fd);
	return err;
}

static int try_open(void)
{
	return open_for("/etc/passwd", O_RDONLY);
}

static int trial_try_folder(void)
{
	return open_for("/", O_RDONLY | O_DIRECTORY);
}

static int try_creat(void)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/tmp/bulkhead-trial.%ld", (long)getpid());
	int fd = creat(path, 0600), err = trial_said(fd);
	if (fd != -1) {
		(void)close(fd);
		(void)unlink(path);
	}
	return err;
}

static int try_unlink(void)
{
	/* What is not there would be ENOENT if it might be looked for. */
	int err = trial_said(unlink("/tmp/bulkhead-trial.none"));
	return err == ENOENT ? 0 : err;
}

static int try_proc(void)
{
	return open_for("/proc/self/maps", O_RDONLY);
}

/* The supervisor's environment may hold secrets. */
static int try_proc_parent(void)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%ld/environ", (long)getppid());
	return open_for(path, O_RDONLY);
}

static int try_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = trial_said(fd);

	if (fd != -1)
		(void)close(fd);
	return err;
}

static int try_socketpair(void)
{
	int fd[2],
	    err = trial_said(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));

	if (!err) {
		(void)close(fd[0]);
		(void)close(fd[1]);
	}
	return err;
}

/* With a socket of its own where it gets one, else with the one for orders. */
static int try_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int own = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = trial_said(connect(
	    own != -1 ? own : CHANNEL_ORDERS, (const struct sockaddr *)&to, sizeof to));

	if (own != -1)
		(void)close(own);
	/* Nobody listens there; it might have asked. */
	return err == ECONNREFUSED || err == EISCONN || err == EAFNOSUPPORT ? 0 : err;
}

/* Hand a descriptor to the supervisor. */
static int try_send(void)
{
	int passed = STDERR_FILENO;
	char byte = 0;
	union {
		struct cmsghdr head;
		char buffer[CMSG_SPACE(sizeof passed)];
	} control = { .buffer = { 0 } };
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof control.buffer };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof passed);
	memcpy(CMSG_DATA(h), &passed, sizeof passed);
	return trial_said(sendmsg(CHANNEL_ORDERS, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
}

/* A child that ends at once. */
static int trial_reap(pid_t pid)
{
	int err = trial_said(pid);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return err;
}

/* By the call itself: around it some C libraries block all signals, so that the handler
 * that names the call would not run. */
static int try_fork(void)
{
	return trial_reap((pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

/* A thread's flags, but for memory of its own: this one needs no stack. */
static int try_clone(void)
{
	return trial_reap((pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
}

static int try_exec(void)
{
	char path[] = "/bin/true";
	char *const argv[] = { path, NULL };

	return trial_said(execve(path, argv, argv + 1));
}

static int try_ptrace(void)
{
	int err = trial_said(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));

	if (!err)
		(void)ptrace(PTRACE_DETACH, getppid(), NULL, NULL);
	return err;
}

static int try_read_memory(void)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { &byte, 1 };
	int err = trial_said(process_vm_readv(getppid(), &to, 1, &from, 1, 0));

	return err == EFAULT ? 0 : err; /* allowed, but not mapped there */
}

static int try_kill(void)
{
	return trial_said(kill(getppid(), 0));
}

static int try_kill_all(void)
{
	return trial_said(kill(-1, 0));
}

static int try_mmap_exec(void)
{
	return trial_said((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int try_mprotect_exec(void)
{
	void *p =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno
			       : trial_said(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int try_mmap_file(void)
{
	return trial_said((long)mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, CHANNEL_BLACKBOX, 0));
}

/* Memory in a way that is more than memory of its own. */
static int map_with(int flag)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flag, -1, 0);

	return trial_said(p == MAP_FAILED ? -1 : 0);
}

static int try_mmap_huge(void)
{
	return map_with(MAP_HUGETLB);
}

static int try_mmap_locked(void)
{
	return map_with(MAP_LOCKED);
}

static int try_mmap_grows(void)
{
	return map_with(MAP_GROWSDOWN);
}

/* Of no bytes: where it were allowed, nothing would happen. */
static int advise_page(int advice)
{
	return trial_said(madvise(NULL, 0, advice));
}

static int try_poison(void)
{
	return advise_page(MADV_HWPOISON);
}

static int try_offline(void)
{
	return advise_page(MADV_SOFT_OFFLINE);
}

static int try_merge(void)
{
	return advise_page(MADV_MERGEABLE);
}

static int try_mremap_to(void)
{
	char *p =
	    mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return errno;
	void *to = mremap(p, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, p + 4096);
	return trial_said(to == MAP_FAILED ? -1 : 0);
}

static int try_futex_pi(void)
{
	uint32_t word = 0;

	return trial_said(
	    syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
}

/* All that it once had. */
static int try_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct all[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = 1U << CAP_SYS_PTRACE, .permitted = 1U << CAP_SYS_PTRACE }
	};

	return trial_said(syscall(SYS_capset, &head, all));
}

/* The capabilities are gone, whatever else is not: nothing is mounted here. */
static int try_mount(void)
{
	return trial_said(mount("none", "/", "tmpfs", 0, NULL));
}

static int try_dup(void)
{
	int fd = dup(CHANNEL_ANSWERS), err = trial_said(fd);

	if (fd != -1)
		(void)close(fd);
	return err;
}

static int try_limits(void)
{
	struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY };

	return trial_said(setrlimit(RLIMIT_DATA, &more));
}

static int try_dumpable(void)
{
	return trial_said(prctl(PR_SET_DUMPABLE, 1));
}

/* Typing into the terminal of whoever started the service. */
static int try_ioctl(void)
{
	int err = trial_said(ioctl(STDERR_FILENO, TIOCSTI, "\n"));

	return err == ENOTTY ? 0 : err;
}

static int try_handler(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	return trial_said(sigaction(SIGSYS, &ignore, NULL));
}

static int try_setuid(void)
{
	return trial_said(setuid(0));
}

static int try_unshare(void)
{
	return trial_said(unshare(CLONE_NEWUSER));
}

/* Harmless where it is possible: it is the root already. */
static int try_chroot(void)
{
	return trial_said(chroot("/"));
}

static int try_bpf(void)
{
	char nothing[128] = { 0 };

	/* BPF_MAP_CREATE of nothing: EINVAL is the answer to who may ask. */
	int err = trial_said(syscall(SYS_bpf, 0, nothing, sizeof nothing));
	return err == EINVAL ? 0 : err;
}

static int try_io_uring(void)
{
	struct io_uring_params p = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 1, &p), err = trial_said(fd);

	if (fd != -1)
		(void)close(fd);
	return err;
}

static int try_userfaultfd(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC), err = trial_said(fd);

	if (fd != -1)
		(void)close(fd);
	return err;
}

static int try_keyctl(void)
{
	return trial_said(syscall(SYS_keyctl, 0, -3, 1)); /* the session's keyring */
}

static int try_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getppid(), 0), err = trial_said(fd);

	if (fd != -1)
		(void)close(fd);
	return err;
}

/* Name, and what it would be if it succeeded. */
static const struct {
	const char *name, *text;
	int (*attempt)(void);
} trials[] = {
	{ "open", "open a file to read", try_open },
	{ "folder", "open a folder", trial_try_folder },
	{ "creat", "create a file", try_creat },
	{ "unlink", "remove a file", try_unlink },
	{ "proc", "read /proc/self/maps", try_proc },
	{ "proc-parent", "read the supervisor's environment in /proc", try_proc_parent },
	{ "socket", "open a network socket", try_socket },
	{ "socketpair", "open a pair of sockets", try_socketpair },
	{ "connect", "connect to an address", try_connect },
	{ "send", "send the supervisor a descriptor", try_send },
	{ "fork", "fork", try_fork },
	{ "clone", "start a process by clone", try_clone },
	{ "exec", "run a program", try_exec },
	{ "ptrace", "trace the supervisor", try_ptrace },
	{ "read-memory", "read the supervisor's memory", try_read_memory },
	{ "kill", "send the supervisor a signal", try_kill },
	{ "kill-all", "send every process a signal", try_kill_all },
	{ "pidfd", "open the supervisor's process", try_pidfd },
	{ "mmap-exec", "map memory to run code from", try_mmap_exec },
	{ "mprotect-exec", "make memory one to run code from", try_mprotect_exec },
	{ "mmap-file", "map a file", try_mmap_file },
	{ "mmap-huge", "take huge pages", try_mmap_huge },
	{ "mmap-locked", "pin memory", try_mmap_locked },
	{ "mmap-grows", "map memory that grows", try_mmap_grows },
	{ "mremap-to", "move memory over other memory", try_mremap_to },
	{ "poison", "call a page of memory broken", try_poison },
	{ "offline", "take a page of memory out of use", try_offline },
	{ "merge", "share equal pages with other processes", try_merge },
	{ "futex-pi", "lock with the kernel's help", try_futex_pi },
	{ "dup", "copy a descriptor", try_dup },
	{ "limits", "raise a limit", try_limits },
	{ "dumpable", "let debuggers in", try_dumpable },
	{ "ioctl", "type into the terminal", try_ioctl },
	{ "handler", "handle SIGSYS itself", try_handler },
	{ "setuid", "change the user", try_setuid },
	{ "capabilities", "take a capability back", try_capabilities },
	{ "unshare", "make a namespace", try_unshare },
	{ "mount", "mount a file system", try_mount },
	{ "chroot", "change the root folder", try_chroot },
	{ "bpf", "load a BPF program", try_bpf },
	{ "io_uring", "set up an io_uring", try_io_uring },
	{ "userfaultfd", "handle page faults", try_userfaultfd },
	{ "keyctl", "use the kernel's keys", try_keyctl },
};
enum { TRIALS = sizeof trials / sizeof trials[0] };

int trial_try(const char *name)
{
	for (size_t i = 0; i < TRIALS; i++)
		if (strcmp(trials[i].name, name) == 0)
			return trials[i].attempt();
	return -1;
}

int trial_run(const struct jail_layers *layers, const char *name)
{
	if (*name == '\0') {
		(void)dprintf(STDERR_FILENO, "%s\t%s\n", layers->active, layers->missing);
		for (size_t i = 0; i < TRIALS; i++)
			(void)dprintf(
			    STDERR_FILENO, "%s\t%s\n", trials[i].name, trials[i].text);
		return CHANNEL_EXIT_RETIRED;
	}
	int err = trial_try(name);
	if (err == -1)
		return CHANNEL_EXIT_SETUP;
	if (err)
		(void)dprintf(STDERR_FILENO, "refused %d\n", err);
	else
		(void)dprintf(STDERR_FILENO, "possible\n");
	return CHANNEL_EXIT_RETIRED;
}
