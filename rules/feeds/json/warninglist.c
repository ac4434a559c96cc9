/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads warning lists of MISP, which have names and networks that are known to be good or that very
 * many users share. They become rules only with `--as`, because alerts for them would be wrong.
 */
#include <string.h>

#include "rules/feeds/json/json.h"

enum list_type { TYPE_HOSTNAME, TYPE_STRING, TYPE_CIDR, TYPE_OTHER };

static enum list_type read_type(const json_t *root)
{
	static const char *const TYPES[] = {
		[TYPE_HOSTNAME] = "hostname", [TYPE_STRING] = "string", [TYPE_CIDR] = "cidr"
	};
	const char *type = json_text(root, "type");
	int found = TYPE_HOSTNAME;
	while (found < TYPE_OTHER && (type == NULL || strcmp(TYPES[found], type) != 0)) {
		found++;
	}
	return (enum list_type)found;
}

bool warninglist_is(struct feed *feed)
{
	const json_t *root = json_guess(feed);
	return json_is_array(json_object_get(root, "list")) &&
	       (json_object_get(root, "matching_attributes") != NULL ||
	        json_object_get(root, "version") != NULL) &&
	       json_text(root, "name") != NULL;
}

/*!
 * \brief Adds an entry. `hostname` means a name and the names below it. The names in such lists may
 *        have a dot in front.
 */
static void add_entry(struct feed *feed, const char *text, enum list_type type,
                      const struct imported_rule *rule)
{
	feed->place = text;
	feed_add(feed, text, 0, 0, type == TYPE_HOSTNAME ? FEED_BOTH : FEED_EXACT, rule);
}

static void read_list(struct feed *feed, const json_t *root)
{
	size_t i;
	json_t *value;
	struct imported_rule rule = IMPORTED_RULE_INIT;
	enum list_type type = read_type(root);
	rule.note = json_text(root, "name");
	json_array_foreach(json_object_get(root, "list"), i, value)
	{
		const char *text = json_string_value(value);
		if (type == TYPE_OTHER) {
			const char *other = json_text(root, "type");
			feed_leave_out(feed, other != NULL ? other : "list without a type");
		} else if (text == NULL || strlen(text) != json_string_length(value)) {
			feed_complain(feed, 0, 0, "entry %zu is not a string", i + 1);
		} else {
			add_entry(feed, text, type, &rule);
		}
	}
}

void warninglist_read(struct feed *feed)
{
	const json_t *root = json_root(feed);
	if (root == NULL) {
		return;
	}
	if (!json_is_array(json_object_get(root, "list"))) {
		feed_complain(feed, 1, 1, "the file is JSON, but has no `list`");
	} else if (feed->options->as == FEED_AS_PUBLISHED) {
		feed_complain(feed, 1, 1,
		              "this is a list of what is known to be good: import it with --as "
		              "allow, or with --as alert if you want alerts");
	} else {
		read_list(feed, root);
	}
}
