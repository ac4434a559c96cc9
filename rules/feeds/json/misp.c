/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MISP events (the core format), alone, in feeds and in search results. */
#include <stdio.h>
#include <string.h>

#include "rules/feeds/import/indicator_type.h"
#include "rules/feeds/json/json.h"
#include "rules/feeds/json/own_rules.h"

/*! \brief Attributes of objects whose relation is more specific than their type. */
static const struct relation {
	const char *object;
	const char *relation;
	/*! The kind; -1: the attribute is not an indicator, because it describes the victim. */
	int kind;
} RELATIONS[] = {
	{ "dns-record", "queried-domain", KIND_NAME },
	{ "dns-record", "a-record", KIND_IP },
	{ "dns-record", "aaaa-record", KIND_IP },
	{ "dns-record", "cname-record", KIND_CNAME },
	{ "dns-record", "mx-record", KIND_MX },
	{ "dns-record", "ns-record", KIND_NS },
	{ "dns-record", "soa-record", KIND_NS },
	{ "rogue-dns", "rogue-dns", KIND_RESOLVER },
	{ "rogue-dns", "phishing-ip", KIND_IP },
	{ "rogue-dns", "hijacked-domain", -1 },
	{ "domain-ip", "domain", KIND_ANY },
	{ "domain-ip", "hostname", KIND_ANY },
	{ "domain-ip", "ip", KIND_ANY },
};

/*! \brief Properties of an event that apply to all its attributes. */
struct event {
	const char *info;
	const char *ref;
	char tags[JSON_TEXT_SIZE];
	enum rule_severity severity;
};

static bool is_set(const json_t *value)
{
	const char *text = json_string_value(value);
	if (text != NULL) {
		return strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
	}
	return json_is_true(value) || json_integer_value(value) != 0;
}

static const struct relation *find_relation(const char *object, const json_t *attribute)
{
	const char *relation = json_text(attribute, "object_relation");
	for (size_t i = 0; i < sizeof(RELATIONS) / sizeof(RELATIONS[0]); i++) {
		if (object != NULL && relation != NULL &&
		    strcmp(RELATIONS[i].object, object) == 0 &&
		    strcmp(RELATIONS[i].relation, relation) == 0) {
			return &RELATIONS[i];
		}
	}
	return NULL;
}

static void read_tags(const json_t *holder, char tags[JSON_TEXT_SIZE], struct own_tags *own)
{
	size_t i;
	json_t *tag;
	json_array_foreach(json_object_get(holder, "Tag"), i, tag)
	{
		const char *name = json_text(tag, "name");
		if (!own_tags_read(own, name)) {
			json_tag(tags, name);
		}
	}
}

/*! \brief Adds a value, with what the machine tags of this program state in place of its type. */
static void add_value(struct feed *feed, const struct indicator_type *type, const char *value,
                      const struct own_tags *own, struct imported_rule *rule)
{
	char text[INDICATOR_WORD_MAX];
	struct indicator_type exact = *type;
	rule->severity = own->has_severity ? own->severity : rule->severity;
	rule->confidence = own->confidence;
	if (own->kind != KIND_ANY) {
		exact.kind = own->kind;
	}
	if (own->prefix != NULL && strlen(value) + sizeof("*.") <= sizeof(text)) {
		snprintf(text, sizeof(text), "%s%s", own->prefix, value);
		exact.reach = FEED_EXACT;
		exact.forms = 0;
		value = text;
	}
	indicator_type_add(feed, &exact, value, 0, rule);
}

/*! \brief Adds the rules of an attribute. */
static void add_attribute(struct feed *feed, const struct event *event, const json_t *attribute,
                          const struct indicator_type *type)
{
	char note[JSON_TEXT_SIZE];
	char tags[JSON_TEXT_SIZE];
	struct own_tags own = OWN_TAGS_INIT;
	struct imported_rule rule = IMPORTED_RULE_INIT;
	memcpy(tags, event->tags, sizeof(tags));
	read_tags(attribute, tags, &own);
	/* The info of an event of this program is about incidents, not about the rule. */
	json_note(note, own.found ? NULL : event->info, json_text(attribute, "comment"));
	rule.note = note;
	rule.tags = tags;
	rule.ref = event->ref;
	rule.severity = event->severity;
	add_value(feed, type, json_value(attribute, "value"), &own, &rule);
}

/*! \brief Returns true if an attribute is meant for detection. */
static bool is_wanted(const json_t *attribute)
{
	const json_t *to_ids = json_object_get(attribute, "to_ids");
	return (to_ids == NULL || is_set(to_ids)) && !is_set(json_object_get(attribute, "deleted"));
}

static void read_attribute(struct feed *feed, const struct event *event, const char *object,
                           const json_t *attribute)
{
	const char *type = json_text(attribute, "type");
	const char *value = json_value(attribute, "value");
	const char *uuid = json_text(attribute, "uuid");
	const struct relation *relation = find_relation(object, attribute);
	const struct indicator_type *found = type != NULL ? indicator_type_find(type) : NULL;
	feed->place = uuid != NULL ? uuid : value;
	if (type == NULL || value == NULL) {
		feed_complain(feed, 0, 0, "an attribute has no type or no value");
		return;
	}
	if (!is_wanted(attribute) || (relation != NULL && relation->kind < 0)) {
		feed_leave_out(feed, relation != NULL && relation->kind < 0
		                             ? "victim"
		                             : "marked as not for detection");
		return;
	}
	if (found == NULL) {
		indicator_type_leave_out(feed, type, value, 0);
		return;
	}
	struct indicator_type own = *found;
	if (relation != NULL) {
		own.kind = (enum observation_kind)relation->kind;
	}
	add_attribute(feed, event, attribute, &own);
}

static void read_attributes(struct feed *feed, const struct event *event, const json_t *holder,
                            const char *object)
{
	size_t i;
	json_t *attribute;
	json_array_foreach(json_object_get(holder, "Attribute"), i, attribute)
	{
		read_attribute(feed, event, object, attribute);
	}
}

/*!
 * \brief Returns the first link among the attributes of an event. In most events, it is the report
 *        on which the event is based.
 */
static const char *find_link(const json_t *holder)
{
	size_t i;
	json_t *attribute;
	json_array_foreach(json_object_get(holder, "Attribute"), i, attribute)
	{
		const char *type = json_text(attribute, "type");
		if (type != NULL && strcmp(type, "link") == 0) {
			return json_text(attribute, "value");
		}
	}
	return NULL;
}

/*! \brief Reads threat_level_id: 1 is high, 2 medium, 3 low, 4 undefined. */
static enum rule_severity read_level(const json_t *level)
{
	const char *text = json_string_value(level);
	json_int_t number = json_integer_value(level);
	if ((text != NULL && strcmp(text, "1") == 0) || number == 1) {
		return SEVERITY_HIGH;
	}
	bool low = (text != NULL && strcmp(text, "3") == 0) || number == 3;
	return low ? SEVERITY_LOW : SEVERITY_MEDIUM;
}

static void read_event(struct feed *feed, const json_t *holder)
{
	size_t i;
	json_t *object;
	struct event event = {
		.info = json_text(holder, "info"),
		.ref = find_link(holder),
		.severity = read_level(json_object_get(holder, "threat_level_id")),
	};
	struct own_tags ignored = OWN_TAGS_INIT;
	read_tags(holder, event.tags, &ignored);
	read_attributes(feed, &event, holder, NULL);
	json_array_foreach(json_object_get(holder, "Object"), i, object)
	{
		if (is_set(json_object_get(object, "deleted"))) {
			feed_leave_out(feed, "deleted");
		} else {
			read_attributes(feed, &event, object, json_text(object, "name"));
		}
	}
}

/*! \brief Reads an event, or an object that has one as its member `Event`. */
static void read_holder(struct feed *feed, const json_t *holder)
{
	const json_t *event = json_object_get(holder, "Event");
	if (json_is_object(event)) {
		read_event(feed, event);
	} else {
		read_event(feed, holder);
	}
}

void misp_read(struct feed *feed)
{
	size_t i;
	json_t *holder;
	const json_t *root = json_root(feed);
	const json_t *response = json_object_get(root, "response");
	const json_t *list = response != NULL ? response : root;
	if (json_is_object(list)) {
		read_holder(feed, list);
	}
	json_array_foreach(list, i, holder)
	{
		read_holder(feed, holder);
	}
}

static bool is_event(const json_t *value)
{
	return json_object_get(value, "Event") != NULL ||
	       json_object_get(value, "Attribute") != NULL;
}

/*!
 * \brief Returns true for the manifest of a feed, which lists its events by UUID without their
 *        attributes.
 */
static bool is_manifest(const json_t *root)
{
	void *first = json_object_iter((json_t *)root);
	const json_t *entry = first != NULL ? json_object_iter_value(first) : NULL;
	return json_object_get(entry, "Orgc") != NULL && json_object_get(entry, "info") != NULL;
}

bool misp_is(struct feed *feed)
{
	const json_t *root = json_guess(feed);
	return is_event(root) || json_object_get(root, "response") != NULL ||
	       is_event(json_array_get(root, 0)) || is_manifest(root);
}
