/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/evidence/evidence_folder.h"

#define MAX 8000

struct fixture {
	char path[64];
	struct evidence_folder folder;
};

static int create(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->path, "/tmp/nsmx-evidence-XXXXXX");
	*state = f;
	return f == NULL || mkdtemp(f->path) == NULL || !evidence_folder_init(&f->folder, MAX) ||
	       evidence_folder_open(&f->folder, f->path) != 0;
}

static int destroy(void **state)
{
	struct fixture *f = *state;
	char command[128];
	evidence_folder_close(&f->folder);
	(void)snprintf(command, sizeof(command), "rm -r %s", f->path);
	int status = system(command);
	free(f);
	return status;
}

static void make_file(struct fixture *f, const char *name, off_t octets, time_t changed)
{
	const struct timespec times[] = { { .tv_sec = changed }, { .tv_sec = changed } };
	int fd = evidence_folder_create(&f->folder, name);
	assert_true(fd >= 0);
	assert_return_code(ftruncate(fd, octets), errno);
	assert_return_code(futimens(fd, times), errno);
	(void)close(fd);
}

static bool exists(const struct fixture *f, const char *name)
{
	return faccessat(f->folder.fd, name, F_OK, 0) == 0;
}

static void names(void **state)
{
	char name[EVIDENCE_NAME_MAX];
	(void)state;
	evidence_folder_name(name, INT64_C(1590883512123456789), 3, 17);
	assert_string_equal(name, "nsmx-20200531T000512Z-3-17.pcapng");
	evidence_folder_name(name, INT64_MIN, 0, 1);
	assert_string_equal(name, "nsmx-19700101T000000Z-0-1.pcapng");
	evidence_folder_name(name, INT64_MAX, UINT32_MAX, UINT64_MAX);
	assert_string_equal(name, "nsmx-22620411T234716Z-4294967295-18446744073709551615.pcapng");
}

/* The oldest files go, by the time of their last change, and no file of anybody else. */
static void oldest_files_are_removed(void **state)
{
	struct fixture *f = *state;
	make_file(f, "nsmx-20200531T000512Z-0-1.pcapng", 3000, 300);
	make_file(f, "nsmx-20210531T000512Z-0-2.pcapng", 3000, 100);
	make_file(f, "notes.pcapng", 9000, 1);
	make_file(f, "nsmx-notes.pcapng", 9000, 1);
	evidence_folder_trim(&f->folder);
	assert_true(exists(f, "nsmx-20210531T000512Z-0-2.pcapng"));
	assert_int_equal(*f->folder.octets, 6000);
	make_file(f, "nsmx-20220531T000512Z-1-1.pcapng", 1500, 200);
	evidence_folder_trim(&f->folder);
	assert_false(exists(f, "nsmx-20210531T000512Z-0-2.pcapng"));
	assert_true(exists(f, "nsmx-20220531T000512Z-1-1.pcapng"));
	assert_true(exists(f, "nsmx-20200531T000512Z-0-1.pcapng"));
	assert_true(exists(f, "notes.pcapng"));
	assert_true(exists(f, "nsmx-notes.pcapng"));
	assert_int_equal(*f->folder.octets, 4500);
}

static void a_name_is_used_once(void **state)
{
	struct fixture *f = *state;
	make_file(f, "nsmx-20200531T000512Z-0-1.pcapng", 10, 300);
	assert_int_equal(evidence_folder_create(&f->folder, "nsmx-20200531T000512Z-0-1.pcapng"),
	                 -EEXIST);
}

static void folders_that_cannot_be_used(void **state)
{
	struct fixture *f = *state;
	struct evidence_folder folder;
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/none/none", f->path);
	assert_true(evidence_folder_init(&folder, MAX));
	assert_int_equal(evidence_folder_open(&folder, path), -ENOENT);
	evidence_folder_trim(&folder);
	make_file(f, "file", 1, 1);
	(void)snprintf(path, sizeof(path), "%s/file", f->path);
	assert_int_equal(evidence_folder_open(&folder, path), -ENOTDIR);
	evidence_folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(oldest_files_are_removed, create, destroy),
		cmocka_unit_test_setup_teardown(a_name_is_used_once, create, destroy),
		cmocka_unit_test_setup_teardown(folders_that_cannot_be_used, create, destroy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
