/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sensor/fetch/sources/objects.h"

#define MAX 4096

static int memory(const char *text)
{
	int fd = memfd_create("objects", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static enum objects_put put(struct objects *objects, const char *text)
{
	json_t *object = json_loads(text, 0, NULL);
	assert_non_null(object);
	enum objects_put ret = objects_put(objects, object);
	json_decref(object);
	return ret;
}

static void expect_file(const struct objects *objects, const char *text)
{
	char found[MAX + 1];
	int fd = memory("");
	assert_true(objects_write(objects, fd));
	ssize_t size = pread(fd, found, MAX, 0);
	found[size >= 0 ? size : 0] = '\0';
	assert_string_equal(found, text);
	(void)close(fd);
}

static void versions(void **state)
{
	(void)state;
	struct objects *objects = objects_new("id", "modified", MAX);
	assert_null(objects_version(objects, "a"));
	assert_int_equal(put(objects, "{\"id\":\"a\",\"modified\":\"2\"}"), OBJECTS_NEW);
	assert_int_equal(put(objects, "{\"id\":\"a\",\"modified\":\"2\"}"), OBJECTS_KNOWN);
	assert_int_equal(put(objects, "{\"id\":\"a\",\"modified\":\"1\"}"), OBJECTS_KNOWN);
	assert_int_equal(put(objects, "{\"id\":\"a\"}"), OBJECTS_KNOWN);
	assert_int_equal(put(objects, "{\"id\":\"b\"}"), OBJECTS_NEW);
	assert_int_equal(put(objects, "{\"id\":\"b\"}"), OBJECTS_KNOWN);
	assert_int_equal(put(objects, "{\"id\":5}"), OBJECTS_INVALID);
	assert_int_equal(put(objects, "{\"id\":\"\"}"), OBJECTS_INVALID);
	assert_int_equal(put(objects, "[]"), OBJECTS_INVALID);
	assert_int_equal(put(objects, "{\"id\":\"a\",\"modified\":\"3\",\"x\":1}"), OBJECTS_NEW);
	assert_string_equal(objects_version(objects, "a"), "3");
	assert_string_equal(objects_version(objects, "b"), "");
	expect_file(objects, "{\"id\":\"a\",\"modified\":\"3\",\"x\":1}\n{\"id\":\"b\"}\n");
	objects_free(objects);
	objects_free(NULL);
}

static void removals(void **state)
{
	(void)state;
	struct objects *objects = objects_new("uuid", "timestamp", MAX);
	json_t *ids = json_pack("{s:i, s:i}", "a", 1, "z", 1);
	assert_int_equal(put(objects, "{\"uuid\":\"a\"}"), OBJECTS_NEW);
	assert_int_equal(put(objects, "{\"uuid\":\"b\"}"), OBJECTS_NEW);
	assert_int_equal(put(objects, "{\"uuid\":\"c\"}"), OBJECTS_NEW);
	assert_int_equal(objects_keep_only(objects, ids), 2);
	assert_int_equal(objects_keep_only(objects, ids), 0);
	expect_file(objects, "{\"uuid\":\"a\"}\n");
	json_decref(ids);
	objects_free(objects);
}

static void files(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "", true },
		{ "{\"id\":\"a\",\"modified\":\"1\"}\n{\"id\":\"b\",\"modified\":\"1\"}\n", true },
		{ "{\"id\":\"a\"}", false },                   /* cut after the last character */
		{ "{\"id\":\"a\"}\n{\"id\":", false },         /* cut */
		{ "{\"id\":\"a\"}\n\n", false },               /* an empty line */
		{ "{\"id\":\"a\"}\n{\"id\":\"a\"}\n", false }, /* twice */
		{ "{}\n", false },
		{ "[]\n", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct objects *objects = objects_new("id", "modified", MAX);
		int fd = memory(rows[i].text);
		assert_int_equal(objects_load(objects, fd), rows[i].good);
		if (rows[i].good) {
			expect_file(objects, rows[i].text);
		}
		(void)close(fd);
		objects_free(objects);
	}
}

static void bounds(void **state)
{
	(void)state;
	char line[64];
	struct objects *objects = objects_new("id", "modified", 64);
	int fd = memory("");
	for (int i = 0; i < 5; i++) {
		(void)snprintf(line, sizeof(line), "{\"id\":\"%d\"}", i);
		assert_int_equal(put(objects, line), OBJECTS_NEW);
	}
	assert_true(objects_write(objects, fd)); /* 55 octets */
	assert_int_equal(put(objects, "{\"id\":\"6\"}"), OBJECTS_NEW);
	assert_false(objects_write(objects, fd));
	(void)close(fd);
	objects_free(objects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(removals),
		cmocka_unit_test(files),
		cmocka_unit_test(bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
