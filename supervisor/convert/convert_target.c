/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/roles.h"
#include "convert/convert_private.h"
#include "convert/split.h"
#include "files/copy.h"
#include "files/naming.h"

/* --- opening --- */

static bool target_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int target_standard(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		const size_t n = strlen(folders[i]);
		if (strncmp(path, folders[i], n) == 0 && path[n] >= '0' &&
		    path[n] <= '9' && strspn(path + n, "0123456789") == strlen(path + n))
			return (int)strtol(path + n, NULL, 10);
	}
	return -1;
}

bool target_is_stream(const char *path)
{
	struct stat st;

	return target_standard(path) != -1 ||
	       (stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode));
}

/* A folder that results go to, made with its parents where it is missing. */
static int target_open_folder(const char *path)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof part) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (size_t i = 1; i <= n; i++)
		if (path[i] == '/' || path[i] == '\0') {
			memcpy(part, path, i);
			part[i] = '\0';
			if (mkdir(part, 0777) == -1 && errno != EEXIST &&
			    errno != EISDIR && !target_is_folder(part))
				return -1;
		}
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* An empty folder that nobody else sees, for what a dry run must not make. */
static int open_nothing(void)
{
	const char *place = getenv("TMPDIR");
	char path[PATH_MAX];
	int fd = -1;

	(void)snprintf(path, sizeof path, "%s/bulkhead-XXXXXX",
	    place && *place == '/' ? place : "/tmp");
	if (mkdtemp(path)) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)rmdir(path);
	}
	return fd;
}

static struct results *open_results(struct run *r, const char *path, bool leave)
{
	struct results *results = NULL;
	struct stat st;

	int fd = r->options->dry_run && !target_is_folder(path)
		     ? open_nothing()
		     : target_open_folder(path);
	if (fd != -1 && fstat(fd, &st) == 0)
		results = results_open(fd);
	if (results && leave)
		r->leave.folders[r->leave.folder_count++] =
		    (struct file_id){ st.st_dev, st.st_ino };
	if (!results) {
		r->exit = ROLE_FAILED;
		tell_trouble(
		    r, path, "cannot be opened as a folder for results", strerror(errno));
	}
	if (fd != -1)
		(void)close(fd);
	return results;
}

static bool open_file(struct run *r)
{
	const char *path = r->options->output_file, *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (strlen(name) > NAME_MAX || *name == '\0') {
		tell_trouble(r, path, "cannot be written", strerror(ENAMETOOLONG));
		return false;
	}
	r->file_name = strdup(name);
	r->out_path = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!r->file_name || !r->out_path)
		return false;
	r->out = open_results(r, r->out_path, false);
	return r->out != NULL;
}

/* The folder that a path is, or the one around its file. */
static bool stat_folder(const char *path, struct stat *st)
{
	const char *slash = strrchr(path, '/');
	char around[PATH_MAX];

	if (stat(path, st) == -1)
		return false;
	if (S_ISDIR(st->st_mode))
		return true;
	(void)snprintf(around, sizeof around, "%.*s", slash ? (int)(slash - path) + 1 : 1,
	    slash ? path : ".");
	return stat(around, st) == 0;
}

/* Beside their inputs lie results of files, and folders of those of stores. */
static void leave_results(struct run *r)
{
	r->leave.extension = r->extension;
	r->leave.folder_extension = STORE_EXTENSION;
}

/* Results that lie in a path's own folder must not be taken for inputs, nor can a folder
 * of attachments have the name of the input that is there. */
static void see_in_place(struct run *r)
{
	const struct convert_options *o = r->options;
	bool in_place = false;
	struct stat out, st;

	if (fstat(results_root(r->out), &out) == -1)
		return;
	for (size_t i = 0; i < o->count; i++)
		if (stat_folder(o->paths[i], &st) && st.st_dev == out.st_dev &&
		    st.st_ino == out.st_ino)
			in_place = true;
	if (in_place && r->target->can & FORMATS_SPLIT)
		r->extension = r->leave.folder_extension = STORE_EXTENSION;
	else if (in_place)
		leave_results(r);
}

static int compare_files(const void *a, const void *b)
{
	const struct file_id *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

/* With --force: the paths that are files, none of which may be replaced. */
static bool see_files(struct run *r)
{
	const struct convert_options *o = r->options;
	struct stat st;

	if (!o->force)
		return true;
	r->files = calloc(o->count, sizeof *r->files);
	for (size_t i = 0; r->files && i < o->count; i++)
		if (stat(o->paths[i], &st) == 0 && !S_ISDIR(st.st_mode))
			r->files[r->file_count++] =
			    (struct file_id){ st.st_dev, st.st_ino };
	if (r->files && r->file_count > 0)
		qsort(r->files, r->file_count, sizeof *r->files, compare_files);
	return r->files != NULL;
}

/* The one result is written to what is open, or to a device, a pipe: as it is. */
static bool open_stream(struct run *r, const char *path)
{
	struct stat st;

	r->stream = target_standard(path);
	if (r->stream != -1) {
		r->stream = fcntl(r->stream, F_DUPFD_CLOEXEC, 0);
	} else {
		r->stream = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		if (r->stream != -1 && fstat(r->stream, &st) == 0 &&
		    S_ISREG(st.st_mode)) { /* since it was looked at */
			errno = EEXIST;
			(void)close(r->stream);
			r->stream = -1;
		}
	}
	if (r->stream == -1)
		tell_trouble(r, path, "cannot be written", strerror(errno));
	return r->stream != -1;
}

static bool open_out(struct run *r)
{
	const struct convert_options *o = r->options;
	const char *folder = o->attachments ? o->attachments : o->output;
	const char *stream = o->output_file ? o->output_file : o->output;

	if (o->attachments)
		stream = NULL;
	else if (!stream && strcmp(o->paths[0], "-") == 0)
		stream = "-";
	if (stream && target_is_stream(stream)) {
		if (!open_stream(r, stream))
			return false;
		folder = getenv("TMPDIR");
		folder = folder && *folder ? folder : "/tmp";
	} else if (o->output_file) {
		return open_file(r);
	}
	if (!folder) {
		leave_results(r);
		return true;
	}
	r->out_path = strdup(folder);
	r->out = open_results(r, folder, r->stream == -1);
	if (r->out)
		see_in_place(r);
	return r->out != NULL;
}

/* What a worker reads must be a file: what comes on standard input becomes one. */
static bool spool_standard_input(struct run *r)
{
	static char buffer[65536];
	uint64_t most = r->config->limits.input, n = 0;
	ssize_t k;

	if (strcmp(r->options->paths[0], "-") != 0)
		return true;
	r->standard_input = results_scratch(r->out);
	if (r->standard_input == -1) {
		tell_trouble(r, "-", "no file to keep it in", strerror(errno));
		return false;
	}
	/* One byte over the limit is enough to be refused. */
	while ((k = read(STDIN_FILENO, buffer, sizeof buffer)) != 0 &&
	       (!most || n <= most)) {
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1 || write(r->standard_input, buffer, (size_t)k) != k) {
			tell_trouble(r, "-", "cannot be read whole", strerror(errno));
			return false;
		}
		n += (uint64_t)k;
	}
	return true;
}

bool target_open(struct run *r)
{
	const struct convert_options *o = r->options;

	if (!open_out(r) || !see_files(r))
		return false;
	if (o->dead) {
		r->aside = open_results(r, o->dead, true);
		if (!r->aside)
			return false;
	}
	return spool_standard_input(r);
}

void target_close(struct run *r)
{
	results_close(r->out);
	results_close(r->aside);
	results_close(r->beside);
	if (r->standard_input != -1)
		(void)close(r->standard_input);
	if (r->stream != -1)
		(void)close(r->stream);
	free(r->file_name);
	free(r->out_path);
	free(r->files);
}

/* --- places --- */

struct results *target_results(struct run *r, const struct walk_found *f)
{
	if (r->out)
		return results_hold(r->out);
	if (r->beside && r->beside_operand != f->operand) {
		results_close(r->beside);
		r->beside = NULL;
	}
	if (!r->beside)
		r->beside = results_open(f->root);
	r->beside_operand = f->operand;
	return r->beside ? results_hold(r->beside) : NULL;
}

/* A listed path keeps all its folders; only a leading "/" or "./" is dropped. */
static char *listed_sub(const char *path, const struct walk_found *f)
{
	const char *end = strrchr(path, '/');
	char *sub = NULL;

	if (!f->whole)
		end = path + strlen(path);
	else if (!end)
		end = path;
	while (*path == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	while (end > path && end[-1] == '/')
		end--;
	size_t n = end > path ? (size_t)(end - path) : 0;
	if (asprintf(&sub, "%.*s%s%s", (int)n, path, n > 0 && *f->sub ? "/" : "",
		f->sub) == -1)
		return NULL;
	return sub;
}

/* Does a Maildir keep a message's flags in this name, or is it a message there? */
static bool is_maildir_name(const struct walk_found *f)
{
	const char *slash = strrchr(f->sub, '/'), *last = slash ? slash + 1 : f->sub;
	struct stat st;

	return strstr(f->name, ":2,") ||
	       (f->folder != -1 &&
		   (strcmp(last, "new") == 0 || strcmp(last, "cur") == 0) &&
		   fstatat(f->folder, "../tmp", &st, 0) == 0 && S_ISDIR(st.st_mode));
}

/* Is there another file here whose name is this one without its last bytes (behind: how
 * many)? */
static bool has_stem_beside(const struct walk_found *f, size_t behind)
{
	char other[NAME_SIZE];
	struct stat st;

	(void)snprintf(
	    other, sizeof other, "%.*s", (int)(strlen(f->name) - behind), f->name);
	return f->folder != -1 &&
	       fstatat(f->folder, other, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !S_ISDIR(st.st_mode);
}

/* In a folder of results a mail keeps its name: m1.eml does not become m1.eml.eml, unless
 * m1 lies beside it, whose result has that name; nor does a Maildir lose its flags.
 * Beside its input it cannot: m1.converted.eml. */
void target_name(const struct run *r, const struct walk_found *f, char to[NAME_SIZE])
{
	size_t n = strlen(f->name), behind = strlen(r->extension);
	bool apart = r->out && !r->leave.extension && !(r->target->can & FORMATS_SPLIT) &&
		     behind > 0;
	bool has_it = n > behind && strcasecmp(f->name + n - behind, r->extension) == 0;
	bool maildir = (r->target == &formats_rows[FORMATS_MIME]) && is_maildir_name(f);

	if (r->file_name)
		(void)snprintf(to, NAME_SIZE, "%s", r->file_name);
	else if (apart && (maildir || (has_it && !has_stem_beside(f, behind))))
		(void)snprintf(to, NAME_SIZE, "%s", f->name);
	else if (r->leave.extension)
		naming_beside(f->folder, f->name, r->extension, to);
	else
		naming_result(f->name, r->extension, to);
}

/* One folder's content lies directly below; of several paths each keeps its name. */
char *target_sub(const struct run *r, const struct walk_found *f)
{
	char *base, *sub = NULL;

	if (r->options->listed)
		return listed_sub(r->options->paths[f->operand], f);
	if (f->whole || r->options->count == 1)
		return strdup(f->sub);
	base = target_base(r->options->paths[f->operand]);
	if (base && asprintf(&sub, "%s%s%s", base, *f->sub ? "/" : "", f->sub) == -1)
		sub = NULL;
	free(base);
	return sub;
}

char *target_base(const char *path)
{
	char *real = NULL, *base;
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	const char *slash = memrchr(path, '/', n);
	const char *name = slash && n > 1 ? slash + 1 : path;
	n -= (size_t)(name - path);
	bool odd = n == 0 || (n == 1 && (*name == '.' || *name == '/')) ||
		   (n == 2 && memcmp(name, "..", 2) == 0);
	if (!odd)
		return strndup(name, n);
	real = realpath(path, NULL);
	slash = real ? strrchr(real, '/') : NULL;
	base = strdup(slash ? slash + 1 : "");
	free(real);
	return base;
}

bool target_is_input(const struct input *i)
{
	const struct run *r = i->run;
	struct stat st;

	/* Beside its input it is taken for its result (origin_is_result). */
	if (r->stream != -1 || r->target->can & FORMATS_SPLIT || !r->out ||
	    results_look(i->results, i->result_sub, i->result_name, &st) == -1)
		return false;
	const struct file_id id = { st.st_dev, st.st_ino };
	return r->file_count > 0 &&
	       bsearch(&id, r->files, r->file_count, sizeof id, compare_files);
}

/* --- publishing --- */

bool target_publish(struct input *i)
{
	const struct run *r = i->run;
	bool sync = r->options->sync == CONVERT_SYNC_EACH;

	if (r->stream != -1)
		return copy_range(i->result.fd, 0, i->outcome.output_size, r->stream);
	struct timespec dates[2] = { i->st.st_atim, i->st.st_mtim };
	if (r->options->mtime == CONVERT_MTIME_MESSAGE && i->outcome.facts.date != 0)
		dates[1] = (struct timespec){ .tv_sec = i->outcome.facts.date };
	const struct split_place place = { .sub = i->result_sub,
		.name = i->result_name,
		.taken = r->options->force ? SPLIT_BESIDE
			 : i->stale        ? SPLIT_ASIDE
					   : SPLIT_NOT,
		.sync = sync,
		.dates = r->options->mtime == CONVERT_MTIME_NOW ? NULL : dates,
		.origin = &i->origin };
	if (r->target->can & FORMATS_SPLIT)
		return split_publish(i->split, &i->result, &place);
	if (place.dates)
		(void)futimens(i->result.fd, dates);
	(void)origin_mark(i->result.fd, &i->origin);
	return result_publish(&i->result, i->result_sub, i->result_name,
	    r->options->force || i->stale, sync);
}
