/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Configuration of dnsmasq. `address=/NAME/NAME/ADDRESS` and `local=/NAME/` block names and the
 * names below them. `server=/NAME/ADDRESS` only forwards questions.
 */
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "rules/feeds/import/reader.h"

enum effect { BLOCKS, BLOCKS_WITHOUT_TARGET, NONE };

static const struct {
	const char *option;
	enum effect effect;
} OPTIONS[] = {
	{ "address", BLOCKS },
	{ "local", BLOCKS_WITHOUT_TARGET },
	{ "server", BLOCKS_WITHOUT_TARGET },
	{ "ipset", NONE },
	{ "nftset", NONE },
};

/*!
 * \brief Returns the number of octets of the option before `=/`; 0 if there is none. `*number`
 *        receives the index of the option in the table.
 */
static size_t option_size(const struct feed_line *line, size_t *number)
{
	size_t dashes = line->size > 2 && strncmp(line->text, "--", 2) == 0 ? 2 : 0;
	for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++) {
		size_t size = strlen(OPTIONS[i].option);
		const char *text = line->text + dashes;
		if (line->size >= dashes + size + 2 &&
		    strncmp(text, OPTIONS[i].option, size) == 0 &&
		    strncmp(text + size, "=/", 2) == 0) {
			*number = i;
			return dashes + size;
		}
	}
	return 0;
}

static void add_name(struct feed *feed, const struct feed_line *line, const char *name, size_t size)
{
	static const struct imported_rule rule = IMPORTED_RULE_INIT;
	if (size == 1 && *name == '#') {
		feed_complain(feed, line->number, feed_column(line, name),
		              "`#` blocks every name, which no rule can express");
		return;
	}
	if (size > 2 && strncmp(name, "*.", 2) == 0) {
		name += 2;
		size -= 2;
	}
	feed_add_view(feed, name, size, line->number, feed_column(line, name), FEED_BOTH, &rule);
}

/*! \brief Reads the names between slashes. The text after the last slash is the target. */
static void read_names(struct feed *feed, const struct feed_line *line, const char *at,
                       enum effect effect)
{
	const char *end = line->text + line->size;
	const char *last = memrchr(at, '/', (size_t)(end - at));
	const char *target = last + 1;
	while (target < end && ascii_is_blank(*target)) {
		target++;
	}
	if (effect == BLOCKS_WITHOUT_TARGET && target < end) {
		feed_leave_out(feed, *target == '#' ? "forwarded to the usual servers"
		                                    : "forwarded to a server");
		return;
	}
	while (at < last) {
		const char *slash = memchr(at + 1, '/', (size_t)(end - at - 1));
		if (slash - at > 1) {
			add_name(feed, line, at + 1, (size_t)(slash - at - 1));
		}
		at = slash;
	}
}

static void read_line(struct feed *feed, const struct feed_line *line)
{
	size_t number;
	size_t size = option_size(line, &number);
	if (size == 0) {
		feed_leave_out(feed, "other option");
	} else if (OPTIONS[number].effect == NONE) {
		feed_leave_out(feed, OPTIONS[number].option);
	} else {
		read_names(feed, line, line->text + size + 1, OPTIONS[number].effect);
	}
}

static bool is_option(const struct feed_line *line)
{
	size_t number;
	return option_size(line, &number) > 0;
}

bool dnsmasq_is(struct feed *feed)
{
	return feed_most_lines(feed, is_option);
}

void dnsmasq_read(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line)) {
		if (!feed_line_is_comment(&line)) {
			read_line(feed, &line);
		}
	}
}
