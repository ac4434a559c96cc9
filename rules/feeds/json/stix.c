/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STIX 2.x bundles, TAXII 2.x envelopes, and arrays of STIX objects: their indicators. */
#include <string.h>

#include "rules/feeds/import/indicator_type.h"
#include "rules/feeds/json/json.h"
#include "rules/feeds/json/own_rules.h"
#include "rules/feeds/json/stix_pattern.h"

/*! \brief Object paths, and the kinds of rules for them. */
static const struct path {
	const char *path;
	enum observation_kind kind;
	enum feed_reach reach;
} PATHS[] = {
	{ "domain-name:value", KIND_ANY, FEED_WIDEN },
	{ "domain-name:resolves_to_refs[*].value", KIND_IP, FEED_EXACT },
	{ "ipv4-addr:value", KIND_ANY, FEED_EXACT },
	{ "ipv6-addr:value", KIND_ANY, FEED_EXACT },
	{ "url:value", KIND_ANY, FEED_WIDEN },
	{ "network-traffic:src_ref.value", KIND_ANY, FEED_WIDEN },
	{ "network-traffic:dst_ref.value", KIND_ANY, FEED_WIDEN },
	{ "email-addr:value", KIND_ANY, FEED_EXACT },
	{ "email-message:from_ref.value", KIND_FROM, FEED_EXACT },
	{ "email-message:sender_ref.value", KIND_FROM, FEED_EXACT },
	{ "email-message:to_refs[*].value", KIND_RCPT, FEED_EXACT },
	{ "email-message:cc_refs[*].value", KIND_RCPT, FEED_EXACT },
	{ "email-message:bcc_refs[*].value", KIND_RCPT, FEED_EXACT },
};

/*! \brief The state of reading an indicator. */
struct reading {
	struct feed *feed;
	const char *id;
	struct imported_rule rule;
	/*! The number of values in the pattern that are indicators, not only descriptions. */
	size_t known;
};

static const struct path *find_path(const char *text)
{
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
		if (strcmp(PATHS[i].path, text) == 0) {
			return &PATHS[i];
		}
	}
	return NULL;
}

static void pass_value(void *ctx, const char *path, const char *value)
{
	(void)ctx;
	(void)path;
	(void)value;
}

static void add_value(void *ctx, const char *path, const char *value)
{
	struct reading *reading = ctx;
	const struct path *found = find_path(path);
	if (found == NULL) {
		if (!stix_path_describes(path)) {
			indicator_type_leave_out(reading->feed, path, value, 0);
			reading->known++;
		}
		return;
	}
	reading->known++;
	reading->rule.kind = found->kind;
	feed_add(reading->feed, value, 0, 0, found->reach, &reading->rule);
}

/*! \brief Returns true if a pattern is about names, addresses or mailboxes. */
static bool is_about_hosts(const char *pattern)
{
	static const char *const PARTS[] = { "-addr:", "domain-name:", "_ref.value",
		                             "_refs[*].value", "url:value" };
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		if (strstr(pattern, PARTS[i]) != NULL) {
			return true;
		}
	}
	return false;
}

static void read_pattern(struct reading *reading, const char *pattern)
{
	char why[STIX_PATH_SIZE];
	struct feed *feed = reading->feed;
	enum stix_outcome outcome = stix_pattern_walk(pattern, pass_value, reading, why);
	if (outcome == STIX_BROKEN) {
		feed_complain(feed, 0, 0, "%.80s: invalid STIX pattern near `%.60s`", reading->id,
		              why);
	} else if (outcome == STIX_NARROW && !is_about_hosts(pattern)) {
		feed_leave_out(feed, "pattern about other objects");
	} else if (outcome == STIX_NARROW) {
		feed_complain(feed, 0, 0,
		              "%.80s: its pattern has `%.60s`, which rules cannot express",
		              reading->id, why);
	} else {
		reading->known = 0;
		(void)stix_pattern_walk(pattern, add_value, reading, why);
		if (reading->known == 0) {
			feed_leave_out(feed, "pattern about other objects");
		}
	}
}

static void read_labels(const json_t *object, const char *name, char tags[JSON_TEXT_SIZE])
{
	size_t i;
	json_t *label;
	json_array_foreach(json_object_get(object, name), i, label)
	{
		json_tag(tags, json_string_value(label));
	}
}

static const char *first_url(const json_t *object)
{
	size_t i;
	json_t *reference;
	json_array_foreach(json_object_get(object, "external_references"), i, reference)
	{
		const char *url = json_text(reference, "url");
		if (url != NULL) {
			return url;
		}
	}
	return NULL;
}

static void read_period(struct reading *reading, const json_t *object)
{
	const char *from = json_text(object, "valid_from");
	const char *until = json_text(object, "valid_until");
	if (from != NULL) {
		feed_date(reading->feed, from, false, 0, &reading->rule.since_ns);
	}
	if (until != NULL) {
		feed_date(reading->feed, until, true, 0, &reading->rule.until_ns);
	}
}

/*!
 * \brief Reads the texts of an indicator. The name and the types of one that is a rule of this
 *        program are not texts of the rule.
 */
static void read_texts(const json_t *object, bool own, char note[JSON_TEXT_SIZE],
                       char tags[JSON_TEXT_SIZE])
{
	tags[0] = '\0';
	json_note(note, own ? NULL : json_text(object, "name"), json_text(object, "description"));
	if (!own) {
		read_labels(object, "indicator_types", tags);
	}
	read_labels(object, "labels", tags);
}

static int read_confidence(const json_t *object)
{
	const json_t *confidence = json_object_get(object, "confidence");
	json_int_t number = json_integer_value(confidence);
	return json_is_integer(confidence) && number >= 0 && number <= 100 ? (int)number : -1;
}

static void read_indicator(struct feed *feed, const json_t *object)
{
	char note[JSON_TEXT_SIZE];
	char tags[JSON_TEXT_SIZE];
	struct reading reading = { .feed = feed, .rule = IMPORTED_RULE_INIT };
	const char *id = json_text(object, "id");
	const char *pattern = json_value(object, "pattern");
	const char *type = json_text(object, "pattern_type");
	const json_t *own = own_rule_extension(object);
	feed->place = id;
	reading.id = id != NULL ? id : "an indicator has no id";
	bool revoked = json_is_true(json_object_get(object, "revoked"));
	if (revoked || (type != NULL && strcmp(type, "stix") != 0)) {
		feed_leave_out(feed, revoked ? "revoked" : type);
		return;
	}
	if (pattern == NULL) {
		feed_complain(feed, 0, 0, "%.80s: no pattern", reading.id);
		return;
	}
	read_texts(object, own != NULL, note, tags);
	reading.rule.note = note;
	reading.rule.tags = tags;
	reading.rule.ref = first_url(object);
	reading.rule.confidence = read_confidence(object);
	if (own != NULL) {
		own_rule_read(feed, own, &reading.rule);
	} else {
		read_period(&reading, object);
		read_pattern(&reading, pattern);
	}
}

static bool is_indicator(const json_t *object)
{
	const char *type = json_text(object, "type");
	return type != NULL && strcmp(type, "indicator") == 0;
}

/*!
 * \brief Records the newest version of each object. Only that version counts (STIX 2.1 section
 *        3.6).
 */
static void note_version(json_t *latest, const json_t *object)
{
	const char *id = json_text(object, "id");
	const char *modified = json_text(object, "modified");
	if (id == NULL || modified == NULL) {
		return;
	}
	const char *known = json_text(latest, id);
	if (known == NULL || strcmp(modified, known) > 0) {
		(void)json_object_set(latest, id, json_object_get(object, "modified"));
	}
}

static bool is_outdated(const json_t *latest, const json_t *object)
{
	const char *id = json_text(object, "id");
	const char *modified = json_text(object, "modified");
	const char *known = id != NULL ? json_text(latest, id) : NULL;
	return known != NULL && modified != NULL && strcmp(modified, known) != 0;
}

static void read_objects(struct feed *feed, const json_t *objects)
{
	size_t i;
	json_t *object;
	json_t *latest = json_object();
	json_array_foreach(objects, i, object)
	{
		note_version(latest, object);
	}
	json_array_foreach(objects, i, object)
	{
		if (is_indicator(object) && is_outdated(latest, object)) {
			feed_leave_out(feed, "older version");
		} else if (is_indicator(object)) {
			read_indicator(feed, object);
		}
	}
	json_decref(latest);
}

static bool is_bundle(const json_t *value)
{
	const char *type = json_text(value, "type");
	const char *id = json_text(value, "id");
	return json_is_array(json_object_get(value, "objects")) ||
	       (type != NULL && strcmp(type, "bundle") == 0) ||
	       (id != NULL && strncmp(id, "bundle--", 8) == 0);
}

bool stix_is(struct feed *feed)
{
	size_t i;
	json_t *value;
	bool is = false;
	const json_t *root = json_guess(feed);
	json_array_foreach(root, i, value)
	{
		is |= is_bundle(value) || json_object_get(value, "pattern") != NULL ||
		      json_object_get(value, "spec_version") != NULL;
	}
	return is || is_bundle(root) || json_object_get(root, "more") != NULL ||
	       json_object_get(root, "pattern") != NULL;
}

void stix_read(struct feed *feed)
{
	size_t i;
	json_t *bundle;
	const json_t *root = json_root(feed);
	if (root == NULL) {
		return;
	}
	const json_t *objects = json_object_get(root, "objects");
	bool empty = json_is_object(root) &&
	             (json_object_get(root, "more") != NULL || json_object_get(root, "id") != NULL);
	if (json_is_array(objects)) {
		read_objects(feed, objects);
	} else if (is_indicator(root)) {
		read_indicator(feed, root);
	} else if (json_is_array(root)) {
		read_objects(feed, root);
		json_array_foreach(root, i, bundle)
		{
			read_objects(feed, json_object_get(bundle, "objects"));
		}
	} else if (!empty) {
		feed_complain(feed, 1, 1, "the file is JSON, but has no STIX objects");
	}
}
