/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
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

static bool allow_folder(int ruleset, int dir_fd)
{
	const struct landlock_path_beneath_attr folder = {
		.allowed_access = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE |
		                  LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = dir_fd,
	};
	return dir_fd < 0 ||
	       syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &folder, 0) == 0;
}

bool landlock_limit(int dir_fd)
{
	long version = sandbox_is_real() ? syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
	                                           LANDLOCK_CREATE_RULESET_VERSION)
	                                 : -1;
	if (version < 1) {
		return true;
	}
	const struct landlock_ruleset_attr all = { .handled_access_fs = handled_by(version) };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	bool limited = ruleset >= 0 && allow_folder(ruleset, dir_fd) &&
	               syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	if (!limited) {
		log_error("cannot limit files (Landlock): %s", strerror(errno));
	}
	if (ruleset >= 0) {
		(void)close(ruleset);
	}
	return limited;
}
