/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sensor/fetch/fetch_config.h"

static struct fetch_config config;

static bool read_text(const char *text)
{
	char path[64];
	int fd = memfd_create("feeds", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	bool good = fetch_config_read(&config, path);
	(void)close(fd);
	return good;
}

static void defaults(void **state)
{
	(void)state;
	assert_true(read_text("# none\n\n[a.B-c_1]\nurl = https://x.example/l # comment\n"));
	assert_string_equal(config.rules, FETCH_RULES);
	assert_string_equal(config.state, FETCH_STATE);
	assert_int_equal(config.count, 1);
	const struct fetch_feed *feed = config.feeds[0];
	const struct options_feed *source = &feed->options.source_feed;
	assert_string_equal(feed->name, "a.B-c_1");
	assert_string_equal(source->url, "https://x.example/l");
	assert_int_equal(source->max_size, 64 << 20);
	assert_int_equal(source->timeout_s, 300);
	assert_int_equal(source->keep_s, 30 * 86400);
	assert_true(source->min_ratio == 0.5);
	assert_int_equal(source->source, OPTIONS_FEED_FILE);
	assert_false(source->plain || feed->is_as_given);
	fetch_config_free(&config);
}

static void settings(void **state)
{
	(void)state;
	assert_true(read_text("rules = /r\nstate = /s\n"
	                      "[a]\nurl = https://x.example/?k=1\nkeep = forever\nmax-size = 900G\n"
	                      "as = published\nsev = low\nconf = 0\ncolumn = indicator=2\n"
	                      "[b]\nurl = http://x.example/\nplain = yes\nsource = taxii\n"
	                      "min-ratio = 0\ntoken-file = /t\nuser = u\n"));
	assert_string_equal(config.rules, "/r");
	assert_string_equal(config.state, "/s");
	assert_int_equal(config.count, 2);
	const struct fetch_feed *a = config.feeds[0];
	assert_string_equal(a->shown, "https://x.example/?...");
	assert_int_equal(a->options.source_feed.keep_s, 0);
	assert_int_equal(a->options.source_feed.max_size, 512 << 20);
	assert_true(a->is_as_given);
	assert_int_equal(a->options.conf, 1);
	assert_string_equal(a->options.columns.items[0], "indicator=2");
	assert_int_equal(a->lines[feed_setting_find("url")], 4);
	assert_int_equal(config.feeds[1]->options.source_feed.source, OPTIONS_FEED_TAXII);
	fetch_config_free(&config);
}

static void mistakes(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"rules = r\n",
		"nonsense = 1\n",
		"url = https://x.example/\n",
		"[a]\nsev = low\n",
		"[a]\nurl = https://x.example/\nfeed = b\n",
		"[a]\nurl = https://x.example/\nurl = https://y.example/\n",
		"[a]\nurl = http://x.example/\n",
		"[a]\nurl = https://x.example/\nheader = X\n",
		"[a]\nurl = https://x.example/{token}\n",
		"[a]\nurl = https://x.example/\ntoken-file = /t\nheader = X: y\n",
		"[.a]\nurl = https://x.example/\n",
		"[a/b]\nurl = https://x.example/\n",
		"[a b]\nurl = https://x.example/\n",
		"[abcdefghijklmnopqrstuvwxyzabcdefghijklmnop]\nurl = https://x.example/\n",
		"[abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz]\nurl = "
		"https://x.example/\n",
		"[a]\nurl = https://x.example/\ntimeout = 0\n",
		"[a]\nurl = https://x.example/\nkeep = 0s\n",
		"[a]\nurl = https://x.example/\nmin-ratio = 2\n",
		"[a]\nurl = https://x.example/\nmax-size = 1\n",
		"[a]\nurl = https://x.example/\nno equals sign\n",
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (read_text(rows[i])) {
			fail_msg("accepted: %s", rows[i]);
		}
		fetch_config_free(&config);
	}
	assert_false(fetch_config_read(&config, "/nonexistent"));
}

static void too_many(void **state)
{
	(void)state;
	static char text[(FETCH_FEEDS_MAX + 1) * 40];
	size_t used = 0;
	for (int i = 0; i < FETCH_FEEDS_MAX; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		                         "[f%d]\nurl = https://x.example/\n", i);
	}
	assert_true(read_text(text));
	fetch_config_free(&config);
	(void)snprintf(text + used, sizeof(text) - used, "[g]\nurl = https://x.example/\n");
	assert_false(read_text(text));
	fetch_config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(settings),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
