/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#define NET_RAW (UINT32_C(1) << CAP_NET_RAW)

bool privileges_find(struct privileges *privileges, const char *wanted)
{
	*privileges = (struct privileges){ .uid = geteuid(), .gid = getegid() };
	if (geteuid() != 0) {
		return true;
	}
	const struct passwd *user = getpwnam(wanted != NULL ? wanted : "nsmx");
	if (user == NULL && wanted == NULL) {
		user = getpwnam("nobody");
	}
	if (user == NULL) {
		log_error("--user %s: no such user", wanted != NULL ? wanted : "nobody");
		return false;
	}
	(void)snprintf(privileges->name, sizeof(privileges->name), "%s", user->pw_name);
	privileges->uid = user->pw_uid;
	privileges->gid = user->pw_gid;
	return true;
}

bool privileges_make_folder(const struct privileges *privileges, const char *path)
{
	struct stat info;
	if (mkdir(path, 0700) == 0) {
		if (privileges->name[0] != '\0' &&
		    chown(path, privileges->uid, privileges->gid) != 0) {
			log_error("%s: %s", path, strerror(errno));
			return false;
		}
		return true;
	}
	if (errno != EEXIST) {
		log_error("journal in %s: %s; choose another folder with --state DIR", path,
		          strerror(errno));
		return false;
	}
	if (privileges->name[0] == '\0' || privileges->uid == 0) {
		return true;
	}
	if (stat(path, &info) != 0 || info.st_uid != privileges->uid) {
		log_error("journal in %s: the folder is not %s's; run `chown -R %s %s`, or choose "
		          "--user or --state",
		          path, privileges->name, privileges->name, path);
		return false;
	}
	return true;
}

static bool set_capabilities(uint32_t permitted, uint32_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .permitted = permitted, .effective = effective },
	};
	return syscall(SYS_capset, &header, data) == 0;
}

static uint32_t permitted_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	return syscall(SYS_capget, &header, data) == 0 ? data[0].permitted : 0;
}

static bool become(const struct privileges *privileges)
{
	if (privileges->name[0] == '\0' || privileges->uid == 0) {
		return true;
	}
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
	    setresgid(privileges->gid, privileges->gid, privileges->gid) != 0 ||
	    setresuid(privileges->uid, privileges->uid, privileges->uid) != 0) {
		log_error("cannot become user %s: %s", privileges->name, strerror(errno));
		return false;
	}
	return true;
}

bool privileges_drop(const struct privileges *privileges, bool keep)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_error("no-new-privileges: %s", strerror(errno));
		return false;
	}
	if (!become(privileges)) {
		return false;
	}
	uint32_t kept = keep ? permitted_capabilities() & NET_RAW : 0;
	if (!set_capabilities(kept, 0) ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
		log_error("cannot give up capabilities: %s", strerror(errno));
		return false;
	}
	/* If root can be had back, nothing was given up. */
	if (privileges->uid != 0 && (setuid(0) == 0 || geteuid() == 0)) {
		log_error("still root after becoming user %s", privileges->name);
		return false;
	}
	return true;
}

void privileges_take_up(void)
{
	uint32_t permitted = permitted_capabilities();
	(void)set_capabilities(permitted, permitted); /* the capture says what is missing */
}

bool privileges_drop_rest(void)
{
	if (!set_capabilities(0, 0) || permitted_capabilities() != 0) {
		log_error("cannot give up capabilities: %s", strerror(errno));
		return false;
	}
	return true;
}
