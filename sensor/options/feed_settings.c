/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/feed_settings.h"

#include <string.h>

#define AT(member) offsetof(struct options, source_feed.member)

static const char *const SOURCE_WORDS[] = { "file", "taxii", "misp", NULL };
static const char *const YES_NO_WORDS[] = { "yes", "no", NULL };

/* clang-format off */
static const struct options_row ROWS[] = {
	{ .name = "url", .argument = "URL",
	  .help = "the address of the feed, with https://",
	  .more = "It is a file; for TAXII the collection, the API root or the discovery page; for "
	          "MISP the folder of manifest.json. The text " FEED_TOKEN " in it is replaced by "
	          "the token.",
	  .set = options_set_url, .member = AT(url) },
	{ .name = "source", .argument = "WORD", .value = "file",
	  .help = "what is at the URL",
	  .more = "With file, it is one file in a format of rules import, which may be packed with "
	          "gzip. With taxii, it is a server of TAXII 2.1, from which only new objects are "
	          "read. With misp, it is a MISP feed with a manifest, of which only changed events "
	          "are read.",
	  .words = SOURCE_WORDS, .set = options_set_word, .member = AT(source) },
	{ .name = "collection", .argument = "NAME", .otherwise = "the only one that can be read",
	  .help = "for TAXII: id, alias or title of the collection",
	  .set = options_set_text, .member = AT(collection) },
	{ .name = "token-file", .argument = "FILE",
	  .help = "a file whose first line is the token or password",
	  .set = options_set_text, .member = AT(token_file) },
	{ .name = "user", .argument = "NAME",
	  .help = "user for HTTP Basic, with the token as password",
	  .set = options_set_text, .member = AT(user) },
	{ .name = "header", .argument = "NAME", .otherwise = "Authorization, with Bearer before the token",
	  .help = "header field for the token in requests, such as X-OTX-API-KEY",
	  .set = options_set_text, .member = AT(header) },
	{ .name = "ca", .argument = "FILE", .otherwise = "the certificates of the system",
	  .help = "certificates to trust, in PEM",
	  .set = options_set_text, .member = AT(ca) },
	{ .name = "plain", .argument = "YESNO", .value = "no",
	  .help = "also allow HTTP without TLS, in the URL and in redirections",
	  .words = YES_NO_WORDS, .set = options_set_bool, .member = AT(plain) },
	{ .name = "max-size", .argument = "SIZE", .value = "64M",
	  .help = "largest size of the feed, unpacked",
	  .more = "More than 512M is never read.",
	  .set = options_set_size, .member = AT(max_size), .low = 1024 },
	{ .name = "max-rate", .argument = "SIZE", .value = "32M",
	  .help = "largest number of octets to receive in a second",
	  .set = options_set_size, .member = AT(max_rate), .low = 1024 },
	{ .name = "timeout", .argument = "SEC", .value = "300",
	  .help = "longest time to fetch the feed, from 1 to 86400 seconds",
	  .set = options_set_number, .member = AT(timeout_s), .low = 1, .high = 86400 },
	{ .name = "keep", .argument = "AGE", .value = "30d",
	  .help = "how long the last good set stays when the source fails: 90s, 10m, 2h, 7d or "
	          "forever",
	  .set = options_set_age, .member = AT(keep_s) },
	{ .name = "min-ratio", .argument = "RATIO", .value = "0.5",
	  .help = "keep the last good set if a new one has less than this share of its indicators",
	  .more = "With 0, a feed may also be empty.",
	  .set = options_set_ratio, .member = AT(min_ratio) },
};
/* clang-format on */

#define ROWS_COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

/* The name of the feed is that of its section. */
static bool is_of_feed(const struct options_row *row)
{
	return strcmp(row->name, "feed") != 0;
}

const struct options_row *feed_setting_at(size_t i)
{
	const struct options_row *row;
	if (i < ROWS_COUNT) {
		return &ROWS[i];
	}
	i -= ROWS_COUNT;
	for (size_t at = 0; (row = options_row_at(COMMAND_RULES_IMPORT, at)) != NULL; at++) {
		if (is_of_feed(row) && i-- == 0) {
			return row;
		}
	}
	return NULL;
}

int feed_setting_find(const char *name)
{
	const struct options_row *row;
	for (size_t i = 0; i < FEED_SETTINGS_MAX && (row = feed_setting_at(i)) != NULL; i++) {
		if (strcmp(row->name, name) == 0) {
			return (int)i;
		}
	}
	return -1;
}

void feed_setting_nearest(const char *name, char text[NEAREST_TEXT_MAX])
{
	struct nearest nearest;
	const struct options_row *row;
	nearest_begin(&nearest, name, strlen(name));
	for (size_t i = 0; (row = feed_setting_at(i)) != NULL; i++) {
		nearest_try(&nearest, row->name);
	}
	nearest_text(&nearest, text);
}

bool feed_settings_init(struct options *options, char error[OPTIONS_ERROR_MAX])
{
	const struct options_row *row;
	*options = (struct options){ .texts = NULL };
	for (size_t i = 0; (row = feed_setting_at(i)) != NULL; i++) {
		if (row->value != NULL && !row->set(options, row, row->value, error)) {
			return false;
		}
	}
	return true;
}
