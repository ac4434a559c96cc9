/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/formats.h"

#include "rules/feeds/feed.h"

const char *const FEED_FORMAT_NAMES[] = {
	"auto",
#define X(format, name, prefix, size_max) name,
	FEED_FORMATS(X)
#undef X
	        NULL,
};

static const struct feed_format_row ROWS[] = {
#define X(format, name, prefix, size_max)                                                          \
	[FEED_##format] = { prefix##_is, prefix##_read, size_max },
	FEED_FORMATS(X)
#undef X
};

const char *feed_format_text(enum feed_format format)
{
	return FEED_FORMAT_NAMES[format];
}

const struct feed_format_row *feed_format_row(enum feed_format format)
{
	return &ROWS[format];
}

enum feed_format feed_format_detect(struct feed *feed)
{
	size_t format = FEED_AUTO + 1;
	/* The last reader recognises any text. */
	while (!ROWS[format].is(feed)) {
		format++;
	}
	return (enum feed_format)format;
}
