/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/fetch/fetch_files.h"
#include "sensor/fetch/retire.h"

static char folder[] = "/tmp/nsmx-XXXXXX";
static struct fetch_config config = { .path = "feeds.conf" };
static const struct fetch_feed feed = { .name = "one" };

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(config.rules, sizeof(config.rules), "%s/a/rules", folder);
	(void)snprintf(config.state, sizeof(config.state), "%s/b/c/state", folder);
	assert_true(fetch_files_make_folder(config.rules));
	assert_true(fetch_files_make_folder(config.state));
	assert_true(fetch_files_make_folder(config.state)); /* it is there */
	return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_text(const char *path, const char *text)
{
	assert_true(fetch_files_replace_text(path, text, strlen(text)));
}

static void expect_text(const char *path, const char *text)
{
	char found[256] = "";
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	found[fread(found, 1, sizeof(found) - 1, file)] = '\0';
	(void)fclose(file);
	assert_string_equal(found, text);
}

static void digests(void **state)
{
	(void)state;
	char path[FETCH_PATH_MAX];
	char digest[FETCH_DIGEST_SIZE];
	fetch_files_path(config.rules, "d", "rules", path);
	write_text(path, "abc");
	int fd = fetch_files_open(
	        path, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(fd >= 0);
	assert_true(fetch_files_digest(fd, digest));
	(void)close(fd);
	assert_int_equal(fetch_files_open(path, ""), -1);
	write_text(path, "ab");
	assert_int_equal(fetch_files_open(path, digest), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(fetch_files_open(path, digest), -1);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(fetch_files_open(path, digest), -1);
	assert_int_equal(rmdir(path), 0);
}

static void replacements(void **state)
{
	(void)state;
	char path[FETCH_PATH_MAX];
	char other[FETCH_PATH_MAX];
	struct stat info;
	fetch_files_path(config.rules, "r", "rules", path);
	fetch_files_path(config.rules, "other", "rules", other);
	write_text(other, "kept");
	/* A link is replaced, and not followed. */
	assert_int_equal(symlink(other, path), 0);
	write_text(path, "first");
	expect_text(other, "kept");
	assert_int_equal(lstat(path, &info), 0);
	assert_true(S_ISREG(info.st_mode));
	int fd = fetch_files_memory();
	assert_true(fetch_files_write(fd, "second", 6));
	assert_true(fetch_files_replace(path, fd));
	assert_true(fetch_files_replace(path, fd)); /* from the beginning again */
	expect_text(path, "second");
	(void)close(fd);
	assert_int_equal(unlink(path) + unlink(other), 0);
	log_mute(true);
	(void)snprintf(other, sizeof(other), "%s/none/x.rules", folder);
	assert_false(fetch_files_replace_text(other, "x", 1));
	assert_false(fetch_files_make_folder("/dev/null/x"));
	log_mute(false);
}

static void locks(void **state)
{
	(void)state;
	int first = fetch_files_lock(&config);
	assert_true(first >= 0);
	log_mute(true);
	assert_int_equal(fetch_files_lock(&config), -1);
	log_mute(false);
	(void)close(first);
	int again = fetch_files_lock(&config);
	assert_true(again >= 0);
	(void)close(again);
}

static void states(void **state)
{
	(void)state;
	char path[FETCH_PATH_MAX];
	struct fetch_state written = { .settings = "s",
		                       .origin = "o",
		                       .rules = "r",
		                       .objects = "b",
		                       .etag = "\"e\"",
		                       .modified = "m",
		                       .added = "a",
		                       .failing_s = 1234567890123 };
	struct fetch_state found;
	fetch_state_read(&config, &feed, &found);
	assert_true(fetch_state_is_same(&found, &(struct fetch_state){ .failing_s = 0 }));
	assert_true(fetch_state_write(&config, &feed, &written));
	fetch_state_read(&config, &feed, &found);
	assert_true(fetch_state_is_same(&found, &written));
	char *const texts[] = { written.settings, written.origin,   written.rules, written.objects,
		                written.etag,     written.modified, written.added };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		texts[i][0] ^= 1;
		assert_false(fetch_state_is_same(&found, &written));
		texts[i][0] ^= 1;
	}
	written.failing_s++;
	assert_false(fetch_state_is_same(&found, &written));
	fetch_files_path(config.state, "one", "state", path);
	static const char *const damaged[] = { "rules = r\nnonsense = 1\n", "rules\n",
		                               "rules = 0123456789012345678901234567890123456789"
		                               "0123456789012345678901234567890123456789\n" };
	log_mute(true);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		write_text(path, damaged[i]);
		fetch_state_read(&config, &feed, &found);
		assert_string_equal(found.rules, "");
	}
	log_mute(false);
	assert_int_equal(unlink(path), 0);
}

/* Each setting that determines the rules or the objects changes its digest. */
static void settings(void **state)
{
	(void)state;
	static struct fetch_feed other;
	struct fetch_state first;
	struct fetch_state second;
	other = feed;
	other.options.source_feed.url = "https://a.example/";
	assert_true(fetch_state_digest_settings(&other, &first));
	other.options.sev = 2;
	assert_true(fetch_state_digest_settings(&other, &second));
	assert_string_not_equal(first.settings, second.settings);
	assert_string_equal(first.origin, second.origin);
	other.options.sev = 0;
	other.options.columns.items[other.options.columns.count++] = "indicator=2";
	assert_true(fetch_state_digest_settings(&other, &second));
	assert_string_not_equal(first.settings, second.settings);
	other.options.columns.count = 0;
	other.options.source_feed.keep_s = 5;
	assert_true(fetch_state_digest_settings(&other, &second));
	assert_string_equal(first.settings, second.settings);
	other.options.source_feed.collection = "c";
	assert_true(fetch_state_digest_settings(&other, &second));
	assert_string_not_equal(first.settings, second.settings);
	assert_string_not_equal(first.origin, second.origin);
}

static void retire(void **state)
{
	(void)state;
	char path[FETCH_PATH_MAX];
	char digest[FETCH_DIGEST_SIZE];
	struct fetch_state known = { .failing_s = 0 };
	int fd = fetch_files_memory();
	assert_true(fetch_files_write(fd, "x", 1) && fetch_files_digest(fd, digest));
	(void)memcpy(known.rules, digest, sizeof(digest));
	fetch_files_path(config.rules, "one", "rules", path);
	log_mute(true);
	assert_true(fetch_files_replace(path, fd) && fetch_state_write(&config, &feed, &known));
	assert_int_equal(retire_others(&config), 1);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(retire_others(&config), 0);
	/* Rules that somebody has changed stay. */
	write_text(path, "y");
	assert_true(fetch_state_write(&config, &feed, &known));
	assert_int_equal(retire_others(&config), 1);
	expect_text(path, "y");
	/* A feed that is configured stays. */
	config.feeds[config.count++] = (struct fetch_feed *)&feed;
	assert_true(fetch_files_replace(path, fd) && fetch_state_write(&config, &feed, &known));
	assert_int_equal(retire_others(&config), 0);
	expect_text(path, "x");
	config.count = 0;
	log_mute(false);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests), cmocka_unit_test(replacements), cmocka_unit_test(locks),
		cmocka_unit_test(states),  cmocka_unit_test(settings),     cmocka_unit_test(retire),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
