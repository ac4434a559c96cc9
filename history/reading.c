/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "history/clickhouse/clickhouse_url.h"
#include "history/merged.h"

int history_reading_open(struct history_reading *reading, const char *path,
                         history_named_damage_t damaged, void *ctx)
{
	*reading = (struct history_reading){
		.folder = -1, .socket = -1, .damaged = damaged, .ctx = ctx
	};
	if (clickhouse_url_is(path)) {
		reading->url = path;
		return 0;
	}
	reading->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return reading->folder >= 0 ? 0 : -errno;
}

static int end_server(struct history_reading *reading)
{
	if (reading->socket < 0) {
		return 0;
	}
	(void)close(reading->socket);
	reading->socket = -1;
	(void)kill(reading->server.pid, SIGKILL); /* it may be answering a request */
	return history_child_wait(&reading->server, NULL);
}

void history_reading_close(struct history_reading *reading)
{
	(void)end_server(reading);
	history_files_free(&reading->files);
	if (reading->folder >= 0) {
		(void)close(reading->folder);
	}
}

/* These functions run in the child. */

struct work {
	struct history_reading *reading;
	enum history_access access;
	history_read_t read;
	void *ctx;
};

static void note_damage(void *ctx, const struct history_file *file)
{
	bool *damaged = ctx;
	(void)file;
	*damaged = true;
}

static int read_in_child(void *ctx, struct writer *output)
{
	const struct work *work = ctx;
	const struct history_files *files = &work->reading->files;
	bool damaged = false;
	struct history_merged *merged =
	        history_merged_open(work->reading->folder, files->items, files->count, work->access,
	                            note_damage, &damaged);
	if (merged == NULL) {
		return -ENOMEM;
	}
	int ret = damaged ? -EBADMSG : work->read(work->ctx, merged, output);
	history_merged_free(merged);
	return ret;
}

/* These functions run in the caller. */

static bool is_bad(const struct history_reading *reading, const struct history_file *file)
{
	for (size_t i = 0; i < reading->bad_count; i++) {
		if (reading->bad[i].checksum == file->checksum) {
			return true;
		}
	}
	return false;
}

/* Lists the files again, without the damaged ones. Another process may have merged files meanwhile.
 */
static int list(struct history_reading *reading, bool *changed)
{
	struct history_files files;
	int ret = history_files_list(reading->folder, &files);
	if (ret != 0) {
		return ret;
	}
	size_t kept = 0;
	for (size_t i = 0; i < files.count; i++) {
		if (!is_bad(reading, &files.items[i])) {
			files.items[kept++] = files.items[i];
		}
	}
	files.count = kept;
	*changed = kept != reading->files.count ||
	           (kept > 0 &&
	            memcmp(files.items, reading->files.items, kept * sizeof(files.items[0])) != 0);
	history_files_free(&reading->files);
	reading->files = files;
	return 0;
}

/* Finds damaged files in the list of files that the child has read. */
static bool find_bad(struct history_reading *reading)
{
	char name[HISTORY_FILE_NAME_MAX];
	size_t before = reading->bad_count;
	for (size_t i = 0; i < reading->files.count && reading->bad_count < HISTORY_BAD_MAX; i++) {
		int check = history_file_check(reading->folder, &reading->files.items[i]);
		if (check == -EBADMSG || check == -EACCES) {
			reading->bad[reading->bad_count++] = reading->files.items[i];
			history_file_name(&reading->files.items[i], name);
			reading->damaged(reading->ctx, name);
		}
	}
	return reading->bad_count > before;
}

/* Tries until an attempt succeeds, or fails although no file is damaged and none has changed. */
static int try_to_read(struct history_reading *reading,
                       int (*attempt)(const struct work *work, struct writer *output),
                       const struct work *work, struct writer *output)
{
	bool changed;
	int ret = list(reading, &changed);
	while (ret == 0) {
		writer_restart(output);
		ret = attempt(work, output);
		if (ret == 0 || ret == -ENOMEM || ret == -ECANCELED) {
			break;
		}
		int failure = ret;
		ret = list(reading, &changed);
		if (ret == 0 && !changed) {
			bool found = find_bad(reading);
			ret = list(reading, &changed);
			ret = ret == 0 && !found && !changed ? failure : ret;
		}
	}
	return ret;
}

static int attempt_in_child(const struct work *work, struct writer *output)
{
	return history_in_child(read_in_child, (void *)work, output);
}

static int read_url(const struct work *work, struct writer *output)
{
	struct history_merged *merged = history_merged_open_url(work->reading->url);
	writer_restart(output);
	int ret = merged != NULL ? work->read(work->ctx, merged, output) : -EIO;
	if (ret == 0 && history_merged_failed(merged)) {
		ret = -EIO;
	}
	history_merged_free(merged);
	return ret == 0 && output->failed ? -ENOMEM : ret;
}

int history_reading_run(struct history_reading *reading, history_read_t read, void *ctx,
                        struct writer *output)
{
	const struct work work = { reading, HISTORY_RANGES, read, ctx };
	return reading->url != NULL ? read_url(&work, output)
	                            : try_to_read(reading, attempt_in_child, &work, output);
}

/* Requests. A child has the same functions at the same addresses as its parent, so a request can
 * name a function. */

struct request {
	history_answer_t answer;
	const uint8_t *octets;
	size_t size;
	size_t output_max; /* the limit of the caller's output */
};

struct reply {
	int ret;
	size_t size;
};

/* Returns 0; -EIO if the peer has closed the socket; or the negative errno value of `call`. */
static int transfer(int fd, void *octets, size_t size,
                    ssize_t (*call)(int fd, void *octets, size_t size))
{
	char *at = octets;
	while (size > 0) {
		ssize_t done = call(fd, at, size);
		if (done == 0) {
			return -EIO;
		}
		if (done < 0 && errno != EINTR) {
			return -errno;
		}
		at += done > 0 ? done : 0;
		size -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

static ssize_t put(int fd, void *octets, size_t size)
{
	return send(fd, octets, size, MSG_NOSIGNAL);
}

/* Waits for the child, which can stop in the middle of a reply. */
static ssize_t get(int fd, void *octets, size_t size)
{
	int ret = history_wait_for(fd);
	if (ret != 0) {
		errno = -ret;
		return -1;
	}
	return read(fd, octets, size);
}

static bool answer_next(int fd, struct history_merged *merged, uint8_t *octets)
{
	struct request request;
	struct writer output;
	if (transfer(fd, &request, sizeof(request), read) != 0 ||
	    request.size > HISTORY_REQUEST_MAX || transfer(fd, octets, request.size, read) != 0) {
		return false;
	}
	struct cursor c = cursor_init(octets, request.size);
	writer_init_growing(&output, request.output_max);
	struct reply reply = { .ret = request.answer(&c, merged, &output) };
	if (reply.ret == 0 && output.failed) {
		reply.ret = -ENOMEM;
	}
	reply.size = reply.ret == 0 ? writer_size(&output) : 0;
	bool good = transfer(fd, &reply, sizeof(reply), put) == 0 &&
	            transfer(fd, output.start, reply.size, put) == 0;
	writer_free(&output);
	return good;
}

struct service {
	struct history_reading *reading;
	int sockets[2];
};

static int serve_merged(void *ctx, struct history_merged *merged, struct writer *output)
{
	const struct service *service = ctx;
	uint8_t *octets = malloc(HISTORY_REQUEST_MAX);
	(void)output;
	while (octets != NULL && answer_next(service->sockets[1], merged, octets)) {
	}
	free(octets);
	return octets != NULL ? 0 : -ENOMEM;
}

static int serve(void *ctx, struct writer *output)
{
	struct service *service = ctx;
	struct work work = { service->reading, HISTORY_POINTS, serve_merged, service };
	(void)close(service->sockets[0]);
	return read_in_child(&work, output);
}

static int start_server(struct history_reading *reading)
{
	struct service service = { .reading = reading };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, service.sockets) != 0) {
		return -errno;
	}
	int ret = history_child_start(&reading->server, serve, &service);
	(void)close(service.sockets[1]);
	if (ret != 0) {
		(void)close(service.sockets[0]);
		return ret;
	}
	reading->socket = service.sockets[0];
	return 0;
}

static int receive(int fd, void *octets, size_t size)
{
	int ret = transfer(fd, octets, size, get);
	return ret == 0 || ret == -ECANCELED ? ret : -EIO;
}

/* Returns -EIO if the child has died; -ECANCELED if the work was given up. */
static int exchange(int fd, const struct request *request, struct writer *output)
{
	struct reply reply;
	if (transfer(fd, (void *)request, sizeof(*request), put) != 0 ||
	    transfer(fd, (void *)request->octets, request->size, put) != 0) {
		return -EIO;
	}
	int ret = receive(fd, &reply, sizeof(reply));
	if (ret != 0) {
		return ret;
	}
	if (reply.ret != 0 || reply.size == 0) {
		return reply.ret;
	}
	char *room = writer_reserve(output, reply.size);
	if (room == NULL) {
		return -ENOMEM;
	}
	writer_advance(output, reply.size);
	return receive(fd, room, reply.size);
}

static int attempt_to_ask(const struct work *work, struct writer *output)
{
	struct history_reading *reading = work->reading;
	int ret = reading->socket >= 0 ? 0 : start_server(reading);
	if (ret == 0) {
		ret = exchange(reading->socket, work->ctx, output);
	}
	if (ret != 0) {
		int status = end_server(reading);
		ret = ret == -EIO && status != 0 ? status : ret;
	}
	return ret;
}

static int answer_by_url(void *ctx, struct history_merged *merged, struct writer *output)
{
	const struct request *request = ctx;
	struct cursor c = cursor_init(request->octets, request->size);
	return request->answer(&c, merged, output);
}

int history_reading_ask(struct history_reading *reading, history_answer_t answer,
                        const uint8_t *request, size_t size, struct writer *output)
{
	struct request asked = { answer, request, size, output->limit };
	const struct work work = { reading, HISTORY_POINTS, answer_by_url, &asked };
	if (reading->url != NULL) {
		return read_url(&work, output);
	}
	if (reading->socket >= 0) {
		writer_restart(output);
		int ret = attempt_to_ask(&work, output);
		if (ret == 0 || ret == -ENOMEM || ret == -ECANCELED) {
			return ret;
		}
	}
	return try_to_read(reading, attempt_to_ask, &work, output);
}
