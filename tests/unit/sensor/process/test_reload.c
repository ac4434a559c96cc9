/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/captured.h"

#include <stdbool.h>
#include <sys/mman.h>

#include "base/log.h"
#include "sensor/process/reload.h"
#include "sensor/process/rules_source.h"

#define INDICATORS 10

static struct captured output;
static char folder[64], path[80];
static struct options options;
static struct ruleset *current;
static struct ruleset_stats stats;

/* Rules of so many indicators. */
static void store(unsigned count)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	for (unsigned i = 0; i < count; i++) {
		(void)fprintf(file, "alert ns name%u.example\n", i);
	}
	(void)fclose(file);
}

static void store_text(const char *text)
{
	FILE *file = fopen(path, "w");
	(void)fputs(text, file);
	(void)fclose(file);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/nsmx-XXXXXX");
	if (mkdtemp(folder) == NULL) {
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/a.rules", folder);
	options.rules = (struct options_list){ .items = { folder }, .count = 1 };
	store(INDICATORS);
	current = rules_source_load(&options, &stats);
	captured_begin(&output);
	return current == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	captured_end(&output);
	ruleset_free(current);
	(void)unlink(path);
	return rmdir(folder);
}

static bool unconfined(void)
{
	return true;
}

static int compile(void)
{
	struct ruleset_stats counts;
	int image = memfd_create("image", MFD_CLOEXEC);
	assert_true(image >= 0);
	(void)rules_source_compile(&options, current, unconfined, image, &counts);
	return image;
}

static enum reload_outcome await(struct reload *reload, struct ruleset **fresh)
{
	enum reload_outcome outcome = RELOAD_NOTHING;
	for (int ms = 0; outcome == RELOAD_NOTHING && ms < 10000; ms++) {
		outcome = reload_take(reload, current, &stats, fresh);
		(void)usleep(1000);
	}
	return outcome;
}

static void check(struct reload *reload, enum reload_outcome wanted, size_t rules)
{
	struct ruleset *fresh = NULL;
	assert_int_equal(reload_take(reload, current, &stats, &fresh), RELOAD_NOTHING);
	reload_ask(reload, compile());
	assert_int_equal(await(reload, &fresh), wanted);
	if (wanted == RELOAD_FRESH) {
		assert_int_equal(stats.rules, rules);
		ruleset_free(fresh);
	}
	assert_int_equal(reload_take(reload, current, &stats, &fresh), RELOAD_NOTHING);
}

/* A file that has lost too many is probably cut. */
static void files_that_shrink(void **state)
{
	static const struct {
		double min_ratio;
		unsigned count;
		enum reload_outcome wanted;
		const char *message;
	} rows[] = {
		{ 0.5, 10, RELOAD_FRESH, "" },
		{ 0.5, 5, RELOAD_FRESH, "" },
		{ 0.5, 4, RELOAD_REFUSED,
		  "/a.rules: the file has 4 indicators and had 10 before: too few for --min-ratio "
		  "0.5; restore the "
		  "file and reload, or restart nsmx to accept it\n" },
		{ 0.5, 0, RELOAD_REFUSED,
		  "/a.rules: the file has 0 indicators and had 10 before: too few" },
		{ 0, 1, RELOAD_FRESH, "" },
		{ 0, 0, RELOAD_FRESH,
		  "/a.rules: the 10 indicators of this file are not in the new rules: if it is "
		  "missing by "
		  "mistake, restore it and reload\n" },
		{ 2, 11, RELOAD_REFUSED, "/a.rules: the file has 11 indicators and had 10 before" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reload *reload = reload_new(current, rows[i].min_ratio, false);
		store(rows[i].count);
		check(reload, rows[i].wanted, rows[i].count);
		const char *text = captured_take(&output);
		assert_non_null(strstr(text, rows[i].message));
		bool refused = strstr(text, "the current rules stay in use\n") != NULL;
		assert_int_equal(refused, rows[i].wanted == RELOAD_REFUSED);
		if (rows[i].message[0] == '\0') {
			assert_string_equal(text, "");
		}
		reload_free(reload);
	}
}

static void mistakes(void **state)
{
	(void)state;
	int before = unit_count_descriptors();
	struct reload *reload = reload_new(current, 0, false);
	store_text("alert ns a.example\nnonsense\n");
	check(reload, RELOAD_REFUSED, 0);
	const char *text = captured_take(&output);
	assert_non_null(strstr(text, "/a.rules:2:1: "));
	assert_non_null(strstr(text, "the current rules stay in use\n"));
	/* Octets that are no compiled rules are reported, too. */
	struct ruleset *fresh = NULL;
	int image = memfd_create("image", MFD_CLOEXEC);
	assert_int_equal(write(image, "nonsense", 8), 8);
	reload_ask(reload, image);
	assert_int_equal(await(reload, &fresh), RELOAD_REFUSED);
	text = captured_take(&output);
	assert_non_null(
	        strstr(text, "the rules cannot be reloaded: the file has no compiled rules\n"));
	/* It can be mended. */
	store(3);
	check(reload, RELOAD_FRESH, 3);
	assert_string_equal(captured_take(&output), "");
	reload_free(reload);
	assert_int_equal(unit_count_descriptors(), before);
}

/* Of several workers one alone writes. */
static void quiet(void **state)
{
	(void)state;
	struct reload *reload = reload_new(current, 0.5, true);
	store(1);
	check(reload, RELOAD_REFUSED, 0);
	assert_string_equal(captured_take(&output), "");
	store_text("nonsense\n");
	check(reload, RELOAD_REFUSED, 0);
	assert_null(strstr(captured_take(&output), "stay in use"));
	log_error("loud");
	captured_expect(&output, "loud");
	reload_free(reload);
}

/* While rules are read, the newest of those that are asked for is read next. */
static void asked_again(void **state)
{
	(void)state;
	int before = unit_count_descriptors();
	struct ruleset *fresh = NULL;
	struct reload *reload = reload_new(current, 0, false);
	for (unsigned count = 1; count <= 3; count++) {
		store(count);
		reload_ask(reload, compile());
	}
	assert_int_equal(await(reload, &fresh), RELOAD_FRESH);
	assert_int_equal(stats.rules, 1);
	ruleset_free(fresh);
	assert_int_equal(await(reload, &fresh), RELOAD_FRESH);
	assert_int_equal(stats.rules, 3);
	ruleset_free(fresh);
	assert_int_equal(reload_take(reload, current, &stats, &fresh), RELOAD_NOTHING);
	assert_int_equal(unit_count_descriptors(), before);
	/* The end comes while some are read, and others wait. */
	reload_ask(reload, compile());
	reload_ask(reload, compile());
	reload_free(reload);
	reload_free(NULL);
	assert_int_equal(unit_count_descriptors(), before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(files_that_shrink),
		TEST(mistakes),
		TEST(quiet),
		TEST(asked_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
