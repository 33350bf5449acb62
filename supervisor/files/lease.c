/* SPDX-License-Identifier: ISC */
#include "files/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/vfs.h>

#include "base/clock.h"

/* Numbers of statfs(2), from linux/magic.h and the file systems themselves. Those with
 * tells keep their bytes in this kernel and have the generic leases, which know each
 * writer (overlayfs: that of its own mount, and nobody else may write there). What is not
 * listed is not trusted. */
static const struct {
	uint32_t magic;
	const char *name;
	bool tells;
} file_systems[] = {
	{ 0x0000ef53, "ext4", true },
	{ 0x58465342, "xfs", true },
	{ 0x9123683e, "btrfs", true },
	{ 0x01021994, "tmpfs", true },
	{ 0x858458f6, "ramfs", true },
	{ 0x794c7630, "overlayfs", true },
	{ 0xf2f52010, "f2fs", true },
	{ 0x2fc12fc1, "zfs", true },
	{ 0xca451a4e, "bcachefs", true },
	{ 0x3153464a, "jfs", true },
	{ 0x52654973, "reiserfs", true },
	{ 0x00003434, "nilfs2", true },
	{ 0x24051905, "ubifs", true },
	{ 0x00004d44, "vfat", true },
	{ 0x2011bab0, "exfat", true },
	{ 0x65735546, "fuse", false },
	{ 0x00006969, "nfs", false },
	{ 0xff534d42, "cifs", false },
	{ 0xfe534d42, "smb2", false },
	{ 0x01021997, "9p", false },
	{ 0x00c36400, "ceph", false },
	{ 0x01161970, "gfs2", false },
	{ 0x7461636f, "ocfs2", false },
	{ 0x0bd00bd0, "lustre", false },
	{ 0x47504653, "gpfs", false },
	{ 0x5346414f, "afs", false },
	{ 0x786f4256, "vboxsf", false },
	{ 0xbacbacbc, "vmhgfs", false },
};

bool lease_tells(int fd, const char **name)
{
	struct statfs fs;

	*name = "unknown";
	if (fstatfs(fd, &fs) == -1)
		return false;
	for (size_t i = 0; i < sizeof file_systems / sizeof file_systems[0]; i++)
		if (file_systems[i].magic == (uint32_t)fs.f_type) {
			*name = file_systems[i].name;
			return file_systems[i].tells;
		}
	return false;
}

/* A lease for a moment, or (closing) until fd is closed. 0, or an errno value; EAGAIN:
 * there is a writer. */
static int try_lease(int fd, bool closing)
{
	static bool ignored;

	/* Somebody who opens the file in that moment breaks the lease, and SIGIO kills.
	 */
	if (!ignored)
		ignored = signal(SIGIO, SIG_IGN) != SIG_ERR;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == -1)
		return errno;
	if (!closing)
		(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

enum lease lease_ask(int fd)
{
	const char *name;
	const int error = try_lease(fd, false);

	if (error)
		return error == EAGAIN ? LEASE_WRITER : LEASE_UNKNOWN;
	return lease_tells(fd, &name) ? LEASE_FREE : LEASE_UNKNOWN;
}

enum lease lease_ask_on(int fd, dev_t device)
{
	enum { BELIEVED_MS = 1000 };
	static struct {
		dev_t device;
		uint64_t at; /* clock_ms(); 0: nothing is known */
	} told;
	const uint64_t now = clock_ms();

	if (told.at != 0 && told.device == device && now - told.at < BELIEVED_MS) {
		const int error = try_lease(fd, false);
		return !error            ? LEASE_FREE
		       : error == EAGAIN ? LEASE_WRITER
					 : LEASE_UNKNOWN;
	}
	const enum lease lease = lease_ask(fd);
	if (lease == LEASE_FREE) {
		told.device = device;
		told.at = now;
	}
	return lease;
}

bool lease_has_writer(int fd, bool closing)
{
	return try_lease(fd, closing) == EAGAIN;
}
