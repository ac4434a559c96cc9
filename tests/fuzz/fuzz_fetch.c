/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `rules fetch` reads: files of objects (o), packed files (g), sets of rules that are compared
 * (c), and URLs of servers (u). The first octet of the input chooses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sensor/fetch/compare.h"
#include "sensor/fetch/sources/objects.h"
#include "sensor/fetch/sources/url.h"
#include "sensor/fetch/unpack.h"
#include "tests/fuzz/found.h"

#define MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static int memory(const char *octets, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	check(fd >= 0 && write(fd, octets, size) == (ssize_t)size);
	return fd;
}

static struct objects *load(int fd, bool *loaded)
{
	struct objects *objects = objects_new("id", "modified", MAX);
	check(objects != NULL);
	*loaded = objects_load(objects, fd);
	return objects;
}

/* A file that can be read is the same when it was written and read again. */
static void fuzz_objects(const char *text, size_t size)
{
	bool loaded;
	bool again;
	int first = memory(text, size);
	int second = memory("", 0);
	int third = memory("", 0);
	struct objects *objects = load(first, &loaded);
	struct objects *copy = NULL;
	found_number(loaded);
	if (loaded && objects_write(objects, second)) {
		char one[4096];
		char other[4096];
		copy = load(second, &again);
		check(again && objects_write(copy, third));
		ssize_t got = pread(second, one, sizeof(one), 0);
		check(got == pread(third, other, sizeof(other), 0));
		check(memcmp(one, other, (size_t)got) == 0);
		found_bytes(one, (size_t)got);
	}
	objects_free(objects);
	objects_free(copy);
	(void)close(first);
	(void)close(second);
	(void)close(third);
}

static void fuzz_gzip(const char *octets, size_t size)
{
	struct writer out;
	const char *why = unpack_gzip(octets, size, 65536, &out);
	check(why != NULL || writer_size(&out) <= 65536);
	found_number(unpack_is_gzip(octets, size));
	found_text(why != NULL ? why : "");
	found_number(writer_size(&out));
	writer_free(&out);
}

/* The two sets are separated by a NUL. */
static void fuzz_compare(const char *text, size_t size)
{
	struct compare_counts counts;
	struct compare_counts same;
	size_t before = strnlen(text, size);
	size_t after = before < size ? size - before - 1 : 0;
	const char *second = text + size - after;
	check(compare_rules(text, before, second, after, &counts));
	check(counts.before + counts.added == counts.after + counts.removed);
	check(counts.removed <= counts.before && counts.allows <= counts.after);
	check(compare_rules(text, before, text, before, &same));
	check(same.added == 0 && same.removed == 0 && same.before == counts.before);
	found_bytes(&counts, sizeof(counts));
}

static void fuzz_url(const char *text, size_t size)
{
	char url[URL_MAX + 8];
	char error[URL_ERROR_MAX] = "";
	char shown[URL_SHOWN_MAX];
	char expanded[URL_MAX];
	(void)snprintf(url, sizeof(url), "%.*s", (int)(size < URL_MAX ? size : URL_MAX), text);
	bool good = url_check(url, false, error);
	check(good == (error[0] == '\0'));
	check(!good || url_is_allowed(url, false));
	/* A longer host is not compared. */
	check(!good || strlen(url) >= URL_SHOWN_MAX || url_is_same_origin(url, url));
	url_show(url, shown);
	check(strlen(shown) < sizeof(shown));
	bool fits = url_expand(url, "t/", expanded);
	check(!fits || strstr(expanded, "{token}") == NULL || strstr(url, "{token}") != NULL);
	found_number(good);
	found_text(shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	if (size == 0) {
		return 0;
	}
	switch (data[0]) {
	case 'o':
		fuzz_objects(text, size - 1);
		break;
	case 'g':
		fuzz_gzip(text, size - 1);
		break;
	case 'c':
		fuzz_compare(text, size - 1);
		break;
	default:
		fuzz_url(text, size - 1);
		break;
	}
	return 0;
}
