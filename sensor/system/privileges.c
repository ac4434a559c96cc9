/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sanitizer.h"

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

static bool prepare_new_folder(const struct privileges *privileges,
                               const struct privileges_folder *folder)
{
	bool owned = privileges->name[0] == '\0' ||
	             chown(folder->path, privileges->uid, privileges->gid) == 0;
	if (!owned || chmod(folder->path, folder->mode) != 0) {
		log_error("%s: %s", folder->path, strerror(errno));
		return false;
	}
	return true;
}

bool privileges_make_folder(const struct privileges *privileges,
                            const struct privileges_folder *folder)
{
	const char *path = folder->path, *name = privileges->name;
	struct stat info;
	if (mkdir(path, 0700) == 0) {
		return prepare_new_folder(privileges, folder);
	}
	if (errno != EEXIST) {
		log_error("%s in %s: %s; choose another folder with %s DIR", folder->contents, path,
		          strerror(errno), folder->option);
		return false;
	}
	if (name[0] == '\0' || privileges->uid == 0) {
		return true;
	}
	if (stat(path, &info) != 0 || info.st_uid != privileges->uid) {
		log_error("%s in %s: the folder does not belong to %s; run `chown -R %s %s`, "
		          "or choose another --user or %s",
		          folder->contents, path, name, name, path, folder->option);
		return false;
	}
	return true;
}

void privileges_protect_memory(void)
{
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
	if (!ADDRESS_SANITIZED) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	}
}

/* Selects CAP_NET_RAW, if this process has it, and no other capability. */
static bool select_net_raw(capng_type_t sets)
{
	if (capng_get_caps_process() != 0) {
		return false;
	}
	bool permitted = capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW) != 0;
	capng_clear(CAPNG_SELECT_CAPS);
	return !permitted || capng_update(CAPNG_ADD, sets, CAP_NET_RAW) == 0;
}

static bool select_none(void)
{
	if (capng_get_caps_process() != 0) {
		return false;
	}
	capng_clear(CAPNG_SELECT_CAPS);
	return true;
}

/* Sets the capabilities of the process to the selected ones. */
static bool apply_capabilities(void)
{
	return capng_apply(CAPNG_SELECT_CAPS) == 0 &&
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
}

/* The selected capabilities survive the change of the user. */
static bool become(const struct privileges *privileges)
{
	if (privileges->name[0] == '\0' || privileges->uid == 0) {
		return true;
	}
	if (capng_change_id((int)privileges->uid, (int)privileges->gid, CAPNG_DROP_SUPP_GRP) != 0) {
		log_error("cannot become user %s: %s", privileges->name, strerror(errno));
		return false;
	}
	return true;
}

bool privileges_drop(const struct privileges *privileges, bool keep)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_error("cannot set no_new_privs: %s", strerror(errno));
		return false;
	}
	if (!(keep ? select_net_raw(CAPNG_PERMITTED) : select_none())) {
		log_error("cannot read the capabilities of this process: %s", strerror(errno));
		return false;
	}
	if (!become(privileges)) {
		return false;
	}
	privileges_protect_memory();
	if (!apply_capabilities()) {
		log_error("cannot drop capabilities: %s", strerror(errno));
		return false;
	}
	/* If the process can become root again, nothing was dropped. */
	if (privileges->uid != 0 && (setuid(0) == 0 || geteuid() == 0)) {
		log_error("the process is still root after becoming user %s", privileges->name);
		return false;
	}
	return true;
}

void privileges_take_up(void)
{
	/* If the capability is missing, the error of opening the capture states this. */
	(void)(select_net_raw(CAPNG_PERMITTED | CAPNG_EFFECTIVE) && apply_capabilities());
}

bool privileges_drop_rest(void)
{
	if (!select_none() || !apply_capabilities() || capng_get_caps_process() != 0 ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE) {
		log_error("cannot drop capabilities: %s", strerror(errno));
		return false;
	}
	return true;
}
