/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/system/sandbox.h"

/* The access rights of each version of the kernel's interface. The headers of Debian 12 have only
 * the first two. */
#define ACCESS_1 ((UINT64_C(1) << 13) - 1)
#define REFER    (UINT64_C(1) << 13)
#define TRUNCATE (UINT64_C(1) << 14)

static __u64 handled_by(long version)
{
	return ACCESS_1 | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0);
}

/* `path` is an open descriptor; -1: no path is allowed. */
static bool allow(int ruleset, int path, __u64 access)
{
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = path,
	};
	return path < 0 ||
	       syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static long find_version(void)
{
	return sandbox_is_real() ? syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
	                                   LANDLOCK_CREATE_RULESET_VERSION)
	                         : -1;
}

static int new_ruleset(long version)
{
	const struct landlock_ruleset_attr all = { .handled_access_fs = handled_by(version) };
	return (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
}

/* Closes the ruleset. */
static bool restrict_self(int ruleset, bool allowed)
{
	bool limited = allowed && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	if (!limited) {
		log_error("cannot restrict access to files (Landlock): %s", strerror(errno));
	}
	if (ruleset >= 0) {
		(void)close(ruleset);
	}
	return limited;
}

static bool limit(int dir_fd, int other_fd, __u64 more)
{
	const __u64 access = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE |
	                     LANDLOCK_ACCESS_FS_READ_DIR;
	long version = find_version();
	if (version < 1) {
		return true;
	}
	int ruleset = new_ruleset(version);
	return restrict_self(ruleset, ruleset >= 0 && allow(ruleset, dir_fd, access) &&
	                                      allow(ruleset, other_fd, access | more));
}

bool landlock_limit(int dir_fd, int other_fd)
{
	return limit(dir_fd, other_fd, 0);
}

bool landlock_limit_incidents(int dir_fd, int other_fd)
{
	return limit(dir_fd, other_fd, LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

bool landlock_limit_history(int dir_fd)
{
	long version = find_version();
	if (version < 1) {
		return true;
	}
	const __u64 access = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	                     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
	                     LANDLOCK_ACCESS_FS_READ_DIR | (version >= 3 ? TRUNCATE : 0);
	int ruleset = new_ruleset(version);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool limited =
	        restrict_self(ruleset, ruleset >= 0 && allow(ruleset, dir_fd, access) &&
	                                       allow(ruleset, null, LANDLOCK_ACCESS_FS_WRITE_FILE));
	if (null >= 0) {
		(void)close(null);
	}
	return limited;
}

bool landlock_limit_reading(const int *paths, size_t count)
{
	long version = find_version();
	if (version < 1) {
		return true;
	}
	int ruleset = new_ruleset(version);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool allowed = ruleset >= 0 && allow(ruleset, null, LANDLOCK_ACCESS_FS_WRITE_FILE);
	for (size_t i = 0; i < count && allowed; i++) {
		struct stat info;
		bool folder = paths[i] >= 0 && fstat(paths[i], &info) == 0 && S_ISDIR(info.st_mode);
		allowed = allow(ruleset, paths[i],
		                LANDLOCK_ACCESS_FS_READ_FILE |
		                        (folder ? LANDLOCK_ACCESS_FS_READ_DIR : 0));
	}
	bool limited = restrict_self(ruleset, allowed);
	if (null >= 0) {
		(void)close(null);
	}
	return limited;
}
