/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/output.h"

#include <string.h>

#include "rules/feeds/feed.h"
#include "rules/feeds/import/clean.h"

#define NAME_SIZE 64

/*!
 * \brief Makes the name for `feed=` and ids from the name of the file, without its folder and its
 *        extension.
 */
static void name_feed(const struct feed *feed, char name[NAME_SIZE])
{
	static const char FIT[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const char *given = feed->options->name;
	const char *slash = strrchr(feed->file, '/');
	const char *from = given != NULL ? given : slash != NULL ? slash + 1 : feed->file;
	const char *dot = given == NULL ? strrchr(from, '.') : NULL;
	size_t size = dot != NULL && dot != from ? (size_t)(dot - from) : strlen(from);
	size = size < NAME_SIZE ? size : NAME_SIZE - 1;
	memcpy(name, from, size);
	name[size] = '\0';
	for (size_t i = 0; i < size; i++) {
		name[i] = strchr(FIT, name[i]) != NULL ? name[i] : '-';
	}
	if (name[strspn(name, "-")] == '\0') {
		memcpy(name, "import", sizeof("import"));
	}
}

int feed_write_rules(const struct feed *feed, FILE *out)
{
	char name[NAME_SIZE];
	char file[CLEAN_SIZE];
	name_feed(feed, name);
	clean_text(feed->file, strlen(feed->file), file);
	(void)fprintf(out, "# Imported from %s, which was read as %s.\n", file,
	              feed_format_text(feed->stats->format));
	if (feed->stats->format == FEED_TEXT) {
		(void)fputs("# These rules are guessed from prose: review them before you use "
		            "them.\n# conf=60: listed as an indicator in the text; 40: defanged; "
		            "10: not defanged.\n",
		            out);
	}
	(void)fprintf(out, "set feed=%s", name);
	if (feed->options->ref != NULL) {
		(void)fputs(" ref=", out);
		imported_rules_write_word(feed->options->ref, out);
	}
	(void)fputs("\n\n", out);
	return imported_rules_write(&feed->rules, name, out);
}
