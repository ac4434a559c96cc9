/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/log.h"

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

bool privileges_drop(const struct privileges *privileges)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_error("no-new-privileges: %s", strerror(errno));
		return false;
	}
	if (privileges->name[0] == '\0' || privileges->uid == 0) {
		return true;
	}
	if (setgroups(0, NULL) != 0 ||
	    setresgid(privileges->gid, privileges->gid, privileges->gid) != 0 ||
	    setresuid(privileges->uid, privileges->uid, privileges->uid) != 0) {
		log_error("cannot become user %s: %s", privileges->name, strerror(errno));
		return false;
	}
	/* If root can be had back, nothing was given up. */
	if (setuid(0) == 0 || geteuid() == 0) {
		log_error("still root after becoming user %s", privileges->name);
		return false;
	}
	return true;
}
