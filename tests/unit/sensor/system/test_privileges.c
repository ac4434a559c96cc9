/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel reports of a process after each step, each in a process of its own. */
#include "tests/unit/unit.h"

#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/system/privileges.h"

#define NET_RAW (UINT64_C(1) << CAP_NET_RAW)

/* What /proc/self/status shows of a process. */
struct rights {
	uint64_t inheritable, permitted, effective, ambient;
	unsigned no_new_privileges;
	unsigned uids[4], gids[4];
	bool groups;
};

static struct rights read_rights(void)
{
	struct rights r = { 0 };
	char line[256];
	FILE *status = fopen("/proc/self/status", "re");
	assert_non_null(status);
	while (fgets(line, sizeof(line), status) != NULL) {
		unsigned group;
		(void)sscanf(line, "CapInh: %" SCNx64, &r.inheritable);
		(void)sscanf(line, "CapPrm: %" SCNx64, &r.permitted);
		(void)sscanf(line, "CapEff: %" SCNx64, &r.effective);
		(void)sscanf(line, "CapAmb: %" SCNx64, &r.ambient);
		(void)sscanf(line, "NoNewPrivs: %u", &r.no_new_privileges);
		(void)sscanf(line, "Uid: %u %u %u %u", r.uids, r.uids + 1, r.uids + 2, r.uids + 3);
		(void)sscanf(line, "Gid: %u %u %u %u", r.gids, r.gids + 1, r.gids + 2, r.gids + 3);
		r.groups = r.groups || sscanf(line, "Groups: %u", &group) == 1;
	}
	(void)fclose(status);
	return r;
}

static void need_root(void)
{
	if (geteuid() != 0) {
		skip();
	}
}

/* Runs a body in a process of its own: what it gives up, the next one still has. */
static void run_in_child(void (*body)(const struct privileges *))
{
	struct privileges nobody;
	int status;
	need_root();
	assert_true(privileges_find(&nobody, "nobody"));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		body(&nobody);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* cmocka's assertions end the test by longjmp(), which a child must not do: it exits with
 * the number of the line. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "line %d: %s\n", __LINE__, #condition);              \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static bool can_open_capture(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd >= 0) {
		(void)close(fd);
	}
	return fd >= 0;
}

static void check_user(const struct rights *r, const struct privileges *user)
{
	for (int i = 0; i < 4; i++) {
		CHECK(r->uids[i] == user->uid && r->gids[i] == user->gid);
	}
	CHECK(!r->groups);
	CHECK(r->no_new_privileges == 1);
	CHECK(setuid(0) != 0);
}

static void body_drop(const struct privileges *nobody)
{
	CHECK(privileges_drop(nobody, false));
	struct rights r = read_rights();
	check_user(&r, nobody);
	CHECK((r.inheritable | r.permitted | r.effective | r.ambient) == 0);
	CHECK(!can_open_capture());
	/* Nothing was kept that could be taken up. */
	privileges_take_up();
	CHECK(read_rights().permitted == 0 && !can_open_capture());
	CHECK(privileges_drop_rest());
}

static void body_keep(const struct privileges *nobody)
{
	CHECK(privileges_drop(nobody, true));
	struct rights r = read_rights();
	check_user(&r, nobody);
	CHECK(r.permitted == NET_RAW);
	CHECK((r.inheritable | r.effective | r.ambient) == 0);
	CHECK(!can_open_capture());
	privileges_take_up();
	r = read_rights();
	CHECK(r.permitted == NET_RAW && r.effective == NET_RAW);
	CHECK((r.inheritable | r.ambient) == 0);
	CHECK(can_open_capture());
	CHECK(privileges_drop_rest());
	r = read_rights();
	CHECK((r.inheritable | r.permitted | r.effective | r.ambient) == 0);
	CHECK(r.no_new_privileges == 1);
	privileges_take_up();
	CHECK(!can_open_capture());
}

/* As packaging/nsmx.service starts it: an ordinary user with the capability as ambient. */
static void body_ambient(const struct privileges *nobody)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[2] = {
		{ .permitted = NET_RAW, .effective = NET_RAW, .inheritable = NET_RAW }
	};
	CHECK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
	CHECK(setgroups(0, NULL) == 0 && setgid(nobody->gid) == 0 && setuid(nobody->uid) == 0);
	CHECK(syscall(SYS_capset, &header, data) == 0);
	CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) == 0);

	struct privileges own;
	CHECK(privileges_find(&own, "root"));
	CHECK(own.name[0] == '\0' && own.uid == nobody->uid && own.gid == nobody->gid);
	CHECK(privileges_drop(&own, true));
	struct rights r = read_rights();
	check_user(&r, nobody);
	CHECK(r.permitted == NET_RAW);
	CHECK((r.inheritable | r.effective | r.ambient) == 0);
}

static void body_root(const struct privileges *nobody)
{
	(void)nobody;
	struct privileges root;
	CHECK(privileges_find(&root, "root"));
	CHECK(privileges_drop(&root, true));
	struct rights r = read_rights();
	CHECK(r.uids[0] == 0 && r.no_new_privileges == 1);
	CHECK(r.permitted == NET_RAW && (r.inheritable | r.effective | r.ambient) == 0);
	CHECK(privileges_drop_rest());
	CHECK(read_rights().permitted == 0);
}

static void a_user_without_capabilities(void **state)
{
	(void)state;
	run_in_child(body_drop);
}

static void one_capability_kept(void **state)
{
	(void)state;
	run_in_child(body_keep);
}

static void an_ambient_capability(void **state)
{
	(void)state;
	run_in_child(body_ambient);
}

static void root_by_request(void **state)
{
	(void)state;
	run_in_child(body_root);
}

static void users(void **state)
{
	(void)state;
	struct privileges found;
	need_root();
	assert_false(privileges_find(&found, "no-such-user"));
	assert_true(privileges_find(&found, "nobody"));
	const struct passwd *nobody = getpwnam("nobody");
	assert_non_null(nobody);
	assert_string_equal(found.name, "nobody");
	assert_int_equal(found.uid, nobody->pw_uid);
	assert_int_equal(found.gid, nobody->pw_gid);
	const char *expected = getpwnam("nsmx") != NULL ? "nsmx" : "nobody";
	assert_true(privileges_find(&found, NULL));
	assert_string_equal(found.name, expected);
}

static void folders(void **state)
{
	(void)state;
	char top[] = "/tmp/nsmx-privileges-XXXXXX";
	char path[64];
	struct stat info;
	struct privileges nobody;
	const struct privileges none = { .name = "" };
	const struct privileges_folder folder = { path, "journal", "--state", 0750 };
	need_root();
	assert_non_null(mkdtemp(top));
	assert_true(privileges_find(&nobody, "nobody"));
	assert_true(snprintf(path, sizeof(path), "%s/state", top) > 0);

	/* made for the user, and found so */
	mode_t mask = umask(0077);
	assert_true(privileges_make_folder(&nobody, &folder));
	(void)umask(mask);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0750);
	assert_int_equal(info.st_uid, nobody.uid);
	assert_int_equal(info.st_gid, nobody.gid);
	assert_true(privileges_make_folder(&nobody, &folder));

	/* somebody else's: refused, except where no user is to be become */
	assert_int_equal(chown(path, 0, 0), 0);
	assert_false(privileges_make_folder(&nobody, &folder));
	assert_true(privileges_make_folder(&none, &folder));
	assert_int_equal(rmdir(path), 0);

	/* no user: made as the caller's */
	assert_true(privileges_make_folder(&none, &folder));
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_uid, geteuid());
	assert_int_equal(rmdir(path), 0);

	assert_true(snprintf(path, sizeof(path), "%s/missing/state", top) > 0);
	assert_false(privileges_make_folder(&nobody, &folder));
	assert_int_equal(rmdir(top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users),
		cmocka_unit_test(folders),
		cmocka_unit_test(a_user_without_capabilities),
		cmocka_unit_test(one_capability_kept),
		cmocka_unit_test(an_ambient_capability),
		cmocka_unit_test(root_by_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
