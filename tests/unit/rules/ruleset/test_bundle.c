/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without the inline functions in place of those that are replaced here. */
#undef _FORTIFY_SOURCE

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rules/ruleset/bundle.h"
#include "rules/ruleset/ruleset.h"

/* In place of the C library's: a system call may transfer a part. */
static bool by_octet;

ssize_t pread(int fd, void *to, size_t size, off_t at)
{
	return syscall(SYS_pread64, fd, to, by_octet && size > 1 ? 1 : size, at);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at)
{
	return syscall(SYS_pwrite64, fd, from, by_octet && size > 1 ? 1 : size, at);
}

static char top[] = "/tmp/nsmx-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[8][64];
	static unsigned next;
	char *at = path[next++ % 8];
	(void)snprintf(at, 64, "%s/%s", top, name);
	return at;
}

static const char *write_file(const char *name, const char *text, size_t size)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}

static int make_files(void **state)
{
	(void)state;
	return mkdtemp(top) != NULL && mkdir(path_of("d"), 0700) == 0 ? 0 : -1;
}

static int remove_files(void **state)
{
	(void)state;
	char command[64];
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command);
}

static int bundle_of(const char *const *paths, size_t count)
{
	int fd = memfd_create("bundle", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(bundle_write(fd, paths, count), 0);
	return fd;
}

static size_t text_of(const struct bundle *bundle, const struct bundle_file *file, char text[64])
{
	FILE *in = bundle_stream(bundle, file);
	assert_non_null(in);
	size_t size = fread(text, 1, 64, in);
	assert_false(ferror(in));
	assert_int_equal(fclose(in), 0);
	return size;
}

static void files_and_errors_in_order(void **state)
{
	(void)state;
	(void)write_file("d/b.rules", "second", 6);
	(void)write_file("d/a.rules", "fi\0rst\n", 7);
	const char *paths[] = { path_of("d"), path_of("none"), write_file("empty", "", 0),
		                path_of("fifo") };
	assert_int_equal(mkfifo(paths[3], 0600), 0);
	struct bundle bundle = { .fd = bundle_of(paths, 4) };
	struct bundle_file file;
	char text[64];
	assert_true(bundle_next(&bundle, &file));
	assert_string_equal(file.path, path_of("d/a.rules"));
	assert_int_equal(text_of(&bundle, &file, text), 7);
	assert_memory_equal(text, "fi\0rst\n", 7);
	assert_true(bundle_next(&bundle, &file));
	assert_string_equal(file.path, path_of("d/b.rules"));
	assert_int_equal(text_of(&bundle, &file, text), 6);
	assert_memory_equal(text, "second", 6);
	assert_true(bundle_next(&bundle, &file));
	assert_string_equal(file.path, paths[1]);
	assert_null(bundle_stream(&bundle, &file));
	assert_int_equal(errno, ENOENT);
	assert_true(bundle_next(&bundle, &file));
	assert_int_equal(text_of(&bundle, &file, text), 0);
	assert_true(bundle_next(&bundle, &file)); /* has no writer: is not waited for */
	assert_string_equal(file.path, paths[3]);
	assert_false(bundle_next(&bundle, &file));
	(void)close(bundle.fd);
}

static void texts_among_files(void **state)
{
	(void)state;
	const char *path = write_file("y", "from a file", 11);
	struct bundle bundle = { .fd = memfd_create("bundle", MFD_CLOEXEC) };
	struct bundle_file file;
	char text[64];
	assert_int_equal(bundle_add(bundle.fd, "one", "1\0 2", 4), 0);
	assert_int_equal(bundle_write(bundle.fd, &path, 1), 0);
	assert_int_equal(bundle_add(bundle.fd, "none", "", 0), 0);
	assert_true(bundle_next(&bundle, &file));
	assert_string_equal(file.path, "one");
	assert_int_equal(text_of(&bundle, &file, text), 4);
	assert_memory_equal(text, "1\0 2", 4);
	assert_true(bundle_next(&bundle, &file));
	assert_int_equal(text_of(&bundle, &file, text), 11);
	assert_true(bundle_next(&bundle, &file));
	assert_string_equal(file.path, "none");
	assert_int_equal(text_of(&bundle, &file, text), 0);
	assert_false(bundle_next(&bundle, &file));
	assert_int_equal(bundle_add(bundle.fd, "large", "", BUNDLE_MAX), -1);
	assert_int_equal(errno, EFBIG);
	(void)close(bundle.fd);
	assert_int_equal(bundle_add(bundle.fd, "one", "1", 1), -1);
}

/* Each cut and each octet that is changed. */
static void damage(void **state)
{
	(void)state;
	const char *paths[] = { write_file("x", "alert ns a.example\n", 19) };
	int fd = bundle_of(paths, 1);
	uint8_t octets[256];
	ssize_t size = pread(fd, octets, sizeof(octets), 0);
	assert_true(size > 19 && size < (ssize_t)sizeof(octets));
	for (ssize_t at = 0; at < size; at++) {
		for (unsigned flip = 0; flip < 256; flip += 51) {
			struct bundle bundle = { .fd = fd };
			struct bundle_file file;
			char text[64];
			const uint8_t changed = octets[at] ^ (uint8_t)flip;
			assert_int_equal(pwrite(fd, octets, (size_t)size, 0), size);
			assert_int_equal(pwrite(fd, &changed, 1, at), 1);
			assert_int_equal(ftruncate(fd, flip == 0 ? at : size), 0);
			while (bundle_next(&bundle, &file)) {
				assert_true(strlen(file.path) < sizeof(file.path));
				if (file.error == 0) {
					(void)text_of(&bundle, &file, text);
				}
			}
		}
	}
	(void)close(fd);
}

static void octet_by_octet(void **state)
{
	(void)state;
	const char *paths[] = { write_file("1", "a", 1), write_file("3", "bcd", 3) };
	struct bundle bundle;
	struct bundle_file file;
	char text[64];
	by_octet = true;
	bundle = (struct bundle){ .fd = bundle_of(paths, 2) };
	for (size_t i = 0; i < 2; i++) {
		assert_true(bundle_next(&bundle, &file));
		assert_string_equal(file.path, paths[i]);
		assert_int_equal(text_of(&bundle, &file, text), i == 0 ? 1 : 3);
		assert_memory_equal(text, i == 0 ? "a" : "bcd", i == 0 ? 1 : 3);
	}
	assert_false(bundle_next(&bundle, &file));
	by_octet = false;
	(void)close(bundle.fd);
}

/* A file is read in parts; the last one is not full. */
static void a_file_of_many_parts(void **state)
{
	(void)state;
	enum { SIZE = 3 * 65536 + 7 };
	static char octets[SIZE], found[SIZE];
	for (size_t i = 0; i < SIZE; i++) {
		octets[i] = (char)(i ^ i >> 8 ^ i >> 16);
	}
	const char *paths[] = { write_file("big", octets, SIZE), write_file("x", "a", 1) };
	struct bundle bundle = { .fd = bundle_of(paths, 2) };
	struct bundle_file file;
	char text[64];
	assert_true(bundle_next(&bundle, &file));
	assert_int_equal(file.size, SIZE);
	assert_int_equal(pread(bundle.fd, found, SIZE, (off_t)file.at), SIZE);
	assert_memory_equal(found, octets, SIZE);
	assert_true(bundle_next(&bundle, &file));
	assert_int_equal(text_of(&bundle, &file, text), 1);
	assert_false(bundle_next(&bundle, &file));
	(void)close(bundle.fd);
}

/* The first page of a process is not mapped, and cannot be read. */
static void an_error_of_a_file(void **state)
{
	(void)state;
	const char *paths[] = { "/proc/self/mem", write_file("x", "a", 1) };
	struct bundle bundle = { .fd = bundle_of(paths, 2) };
	struct bundle_file file;
	char text[64];
	assert_true(bundle_next(&bundle, &file));
	assert_string_equal(file.path, paths[0]);
	assert_null(bundle_stream(&bundle, &file));
	assert_int_equal(errno, EIO);
	assert_true(bundle_next(&bundle, &file));
	assert_int_equal(text_of(&bundle, &file, text), 1);
	assert_false(bundle_next(&bundle, &file));
	(void)close(bundle.fd);
}

/* The reason is that of the first failure, and not of a later one. */
static void an_error_of_the_bundle(void **state)
{
	(void)state;
	char path[64];
	const char *paths[] = { write_file("x", "alert ns a.example\n", 19), path_of("none") };
	int fd = bundle_of(paths, 2);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int unwritable = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(unwritable >= 0);
	assert_int_equal(bundle_write(unwritable, paths, 2), -1);
	assert_int_equal(errno, EBADF);
	(void)close(unwritable);
	(void)close(fd);
}

static void complain(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)snprintf(ctx, 256, "%s:%zu:%zu: %s", file, line, column, message);
}

static void the_same_set_as_from_the_files(void **state)
{
	(void)state;
	static const char text[] = "protect amazon.com id=p\nalert ns bad.example id=n\n";
	const char *paths[] = { write_file("y", text, sizeof(text) - 1) };
	struct ruleset_stats stats, again;
	char first[256] = "", second[256] = "";
	struct ruleset *base = ruleset_load(paths, 1, complain, complain, first, &stats);
	assert_non_null(base);
	int fd = bundle_of(paths, 1);
	struct ruleset *set = ruleset_load_bundle(fd, base, complain, complain, second, &again);
	assert_non_null(set);
	assert_memory_equal(&stats, &again, sizeof(stats));
	ruleset_free(set);
	(void)close(fd);
	(void)write_file("y", "alert ns bad..example\n", 22);
	assert_null(ruleset_load(paths, 1, complain, complain, first, &stats));
	fd = bundle_of(paths, 1);
	assert_null(ruleset_load_bundle(fd, base, complain, complain, second, &again));
	assert_string_equal(first, second);
	assert_int_equal(again.errors, 1);
	ruleset_free(base);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_and_errors_in_order),
		cmocka_unit_test(texts_among_files),
		cmocka_unit_test(damage),
		cmocka_unit_test(octet_by_octet),
		cmocka_unit_test(a_file_of_many_parts),
		cmocka_unit_test(an_error_of_a_file),
		cmocka_unit_test(an_error_of_the_bundle),
		cmocka_unit_test(the_same_set_as_from_the_files),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
