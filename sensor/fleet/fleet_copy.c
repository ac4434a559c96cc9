/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fleet/fleet_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "rules/ruleset/bundle.h"
#include "sensor/fleet/fleet_redis.h"

#define PATIENCE_NS (10 * NS_PER_S)
#define ERROR_MAX   1280

void fleet_copy_free(struct fleet_copy *copy)
{
	free(copy->memory);
	*copy = (struct fleet_copy){ .memory = NULL };
}

/* From Redis */

static const char *take(struct fleet_copy *copy, const redisReply *reply)
{
	if (reply->len == 0) {
		return "no rules were pushed there";
	}
	copy->memory = malloc(reply->len);
	if (copy->memory == NULL) {
		return "out of memory";
	}
	memcpy(copy->memory, reply->str, reply->len);
	return fleet_set_read(copy->memory, reply->len, &copy->set);
}

static int fetch(const struct fleet_link *link, void *ctx)
{
	redisReply **reply = ctx;
	return fleet_fetch(link, reply);
}

static bool read_place(struct fleet_copy *copy, const struct fleet_place *place)
{
	const struct fleet_link link = { place, redis_new(&place->url) };
	redisReply *reply = NULL;
	if (link.redis == NULL) {
		log_error("out of memory");
		return false;
	}
	redis_set_deadline(link.redis, monotonic_ns() + PATIENCE_NS);
	int ret = fleet_do(&link, fetch, &reply);
	const char *why = ret == 0 ? take(copy, reply) : redis_error(link.redis);
	if (why != NULL) {
		log_error("rules of %s: %s", place->url.name, why);
		fleet_copy_free(copy);
	}
	if (ret == 0) {
		freeReplyObject(reply);
	}
	redis_free(link.redis);
	return why == NULL;
}

bool fleet_copy_from_redis(struct fleet_copy *copy, char *target)
{
	char error[ERROR_MAX];
	struct fleet_place place;
	*copy = (struct fleet_copy){ .memory = NULL };
	bool good = fleet_place_parse(&place, target, error, sizeof(error));
	redis_url_conceal(target);
	if (!good) {
		log_error("rules: %s", error);
		return false;
	}
	good = read_place(copy, &place);
	redis_url_forget(&place.url);
	return good;
}

/* In the folder of --state */

static bool path_in(const char *state, const char *name, char path[PATH_MAX])
{
	int size = snprintf(path, PATH_MAX, "%s/%s", state, name);
	return size > 0 && size < PATH_MAX;
}

static const char *read_all(struct fleet_copy *copy, int fd)
{
	struct stat stat;
	if (fstat(fd, &stat) != 0) {
		return strerror(errno);
	}
	if (!S_ISREG(stat.st_mode) || stat.st_size > (off_t)FLEET_SET_MAX) {
		return "it is not a set of rules of nsmx rules push";
	}
	copy->memory = malloc((size_t)stat.st_size + 1);
	if (copy->memory == NULL) {
		return "out of memory";
	}
	ssize_t got = pread(fd, copy->memory, (size_t)stat.st_size, 0);
	return got < 0 ? strerror(errno) : fleet_set_read(copy->memory, (size_t)got, &copy->set);
}

bool fleet_copy_from_state(struct fleet_copy *copy, const char *state)
{
	char path[PATH_MAX];
	*copy = (struct fleet_copy){ .memory = NULL };
	if (!path_in(state, FLEET_FILE, path)) {
		log_error("%s: %s", state, strerror(ENAMETOOLONG));
		return false;
	}
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		return true;
	}
	const char *why = fd >= 0 ? read_all(copy, fd) : strerror(errno);
	if (why != NULL) {
		log_error("%s: %s", path, why);
		fleet_copy_free(copy);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return why == NULL;
}

static int write_all(int fd, const char *octets, size_t size)
{
	while (size > 0) {
		ssize_t done = write(fd, octets, size);
		if (done <= 0) {
			return done < 0 ? -errno : -ENOSPC;
		}
		octets += done;
		size -= (size_t)done;
	}
	return fsync(fd) == 0 ? 0 : -errno;
}

int fleet_copy_keep(const struct fleet_set *set, const char *state)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	if (!path_in(state, FLEET_FILE, path) || !path_in(state, FLEET_FILE ".new", fresh)) {
		return -ENAMETOOLONG;
	}
	(void)unlink(fresh);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		return -errno;
	}
	int ret = write_all(fd, set->octets, set->size);
	(void)close(fd);
	if (ret == 0 && rename(fresh, path) != 0) {
		ret = -errno;
	}
	if (ret != 0) {
		(void)unlink(fresh);
	}
	return ret;
}

bool fleet_copy_bundle(const struct fleet_set *set, int bundle)
{
	struct fleet_file file;
	char name[sizeof(FLEET_PREFIX) + sizeof(file.name)];
	struct cursor files = fleet_set_files(set);
	while (fleet_set_next(&files, &file)) {
		(void)snprintf(name, sizeof(name), FLEET_PREFIX "%s", file.name);
		if (bundle_add(bundle, name, file.text, file.size) != 0) {
			return false;
		}
	}
	return true;
}
