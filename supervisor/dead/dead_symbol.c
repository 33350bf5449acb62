/* SPDX-License-Identifier: ISC */
#include "dead/dead_symbol.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/process.h"

enum { ID_BYTES = 20, ID_HEX = 2 * ID_BYTES, NOTE_MAX = 4096 };

static bool is_hex(const char *s, size_t least, size_t most)
{
	size_t n = strspn(s, "0123456789abcdef");

	return s[n] == '\0' && n >= least && n <= most;
}

/* The build id among the notes of a segment. */
static bool find_id(const uint8_t *p, size_t n, char to[2 * ID_BYTES + 1])
{
	while (n >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr h;
		memcpy(&h, p, sizeof h);
		p += sizeof h;
		n -= sizeof h;
		if (h.n_namesz > NOTE_MAX || h.n_descsz > NOTE_MAX)
			return false;
		size_t name = (h.n_namesz + 3UL) & ~3UL, desc = (h.n_descsz + 3UL) & ~3UL;
		if (name + desc > n)
			return false;
		if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 &&
		    memcmp(p, "GNU", 4) == 0 && h.n_descsz == ID_BYTES) {
			for (size_t i = 0; i < ID_BYTES; i++)
				(void)snprintf(to + 2 * i, 3, "%02x", p[name + i]);
			return true;
		}
		p += name + desc;
		n -= name + desc;
	}
	return false;
}

/* Is this file that build? */
static bool has_id(const char *path, const char *want)
{
	char id[2 * ID_BYTES + 1] = "";
	uint8_t notes[NOTE_MAX];
	Elf64_Ehdr e;
	Elf64_Phdr ph;
	bool found = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return false;
	if (pread(fd, &e, sizeof e, 0) == sizeof e &&
	    memcmp(e.e_ident, ELFMAG, SELFMAG) == 0 &&
	    e.e_ident[EI_CLASS] == ELFCLASS64 && e.e_phentsize == sizeof ph)
		for (unsigned i = 0; i < e.e_phnum && !found; i++) {
			off_t at = (off_t)(e.e_phoff + i * sizeof ph);
			if (pread(fd, &ph, sizeof ph, at) != sizeof ph)
				break;
			if (ph.p_type != PT_NOTE)
				continue;
			size_t n =
			    ph.p_filesz < sizeof notes ? ph.p_filesz : sizeof notes;
			ssize_t k = pread(fd, notes, n, (off_t)ph.p_offset);
			found = k > 0 && find_id(notes, (size_t)k, id);
		}
	(void)close(fd);
	return found && strcmp(id, want) == 0;
}

static bool find_file(const struct config *c, const char *build_id, char to[PATH_MAX])
{
	(void)snprintf(to, PATH_MAX, "/usr/lib/debug/.build-id/%.2s/%s.debug", build_id,
	    build_id + 2);
	if (access(to, R_OK) == 0)
		return true;
	if (c->worker.program)
		(void)snprintf(to, PATH_MAX, "%s", c->worker.program);
	else
		(void)process_program("bulkhead-worker", to);
	return has_id(to, build_id);
}

/* What addr2line prints: the function, then file:line. */
static bool dead_symbol_ask(const char *file, const char *offset, char *to, size_t size)
{
	char path[PATH_MAX], at[32];
	char name[] = "addr2line", functions[] = "-f", demangled[] = "-s", exe[] = "-e";
	char *argv[] = { name, functions, demangled, exe, path, at, NULL };
	posix_spawn_file_actions_t actions;
	int fd[2], status = -1;
	size_t n = 0;
	ssize_t k;
	pid_t pid;

	(void)snprintf(path, sizeof path, "%s", file);
	(void)snprintf(at, sizeof at, "%s", offset);
	if (pipe2(fd, O_CLOEXEC) == -1)
		return false;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fd[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(
	    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	int error = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(fd[1]);
	while (
	    error == 0 && n < size - 1 &&
	    ((k = read(fd[0], to + n, size - 1 - n)) > 0 || (k == -1 && errno == EINTR)))
		n += k > 0 ? (size_t)k : 0;
	to[n] = '\0';
	(void)close(fd[0]);
	while (error == 0 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return error == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool dead_symbol(const struct config *c, const char *build_id, const char *offset,
    char *to, size_t size)
{
	char path[PATH_MAX], said[1024];

	if (!is_hex(build_id, ID_HEX, ID_HEX) || strncmp(offset, "0x", 2) != 0 ||
	    !is_hex(offset + 2, 1, 16) || !find_file(c, build_id, path) ||
	    !dead_symbol_ask(path, offset, said, sizeof said))
		return false;
	char *line = strchr(said, '\n');
	if (!line || strncmp(said, "??", 2) == 0)
		return false;
	*line++ = '\0';
	line[strcspn(line, "\n")] = '\0';
	(void)snprintf(to, size, "%s%s%s", said, *line == '?' ? "" : " at ",
	    *line == '?' ? "" : line);
	return true;
}
