/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/json/own_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/exchange.h"
#include "rules/keywords.h"
#include "rules/language/language.h"

#define TAG_VALUE_SIZE 32

/* Reads the keyword of a kind that `alert` takes, or `any`. */
static bool read_kind(const char *word, enum observation_kind *kind)
{
	int found = word != NULL ? keyword_find(KEYWORD_KINDS, word) : -1;
	bool any = word != NULL && strcmp(word, observation_kind_text(KIND_ANY)) == 0;
	*kind = found >= 0 ? (enum observation_kind)found : KIND_ANY;
	return any || (found >= 0 && (KINDS_OF_INDICATORS & RULE_BIT(found)) != 0);
}

const json_t *own_rule_extension(const json_t *object)
{
	enum observation_kind kind;
	const json_t *extension =
	        json_object_get(json_object_get(object, "extensions"), EXCHANGE_STIX_EXTENSION);
	bool sound = json_array_size(json_object_get(extension, "indicators")) > 0 &&
	             read_kind(json_value(extension, "what"), &kind);
	return sound ? extension : NULL;
}

/*!
 * \brief Writes the networks of `server=` as a list. Returns false if one of them is not a network,
 * or there are too many; without them the rule would match more.
 */
static bool list_servers(const json_t *servers, char text[JSON_TEXT_SIZE])
{
	size_t i;
	json_t *server;
	size_t used = 0;
	json_array_foreach(servers, i, server)
	{
		char why[INDICATOR_WHY_SIZE];
		char network[INDICATOR_TEXT_SIZE];
		struct indicator indicator;
		const char *word = json_string_value(server);
		if (i == LANGUAGE_SERVERS_MAX || word == NULL ||
		    indicator_parse(word, &indicator, why) != 0 || indicator.form != FORM_NETWORK) {
			return false;
		}
		size_t size = indicator_text(&indicator, network);
		if (used + size + 2 > JSON_TEXT_SIZE) {
			return false;
		}
		used += (size_t)snprintf(text + used, JSON_TEXT_SIZE - used, "%s%s",
		                         i > 0 ? "," : "", network);
	}
	text[used] = '\0';
	return true;
}

static void read_severity(const json_t *extension, struct imported_rule *rule)
{
	const char *word = json_value(extension, "severity");
	int severity = word != NULL ? keyword_find(KEYWORD_SEVERITIES, word) : -1;
	if (severity >= 0) {
		rule->severity = (enum rule_severity)severity;
	}
}

static void read_period(struct feed *feed, const json_t *extension, struct imported_rule *rule)
{
	const char *since = json_value(extension, "since");
	const char *until = json_value(extension, "until");
	rule->since_ns = INT64_MIN;
	rule->until_ns = INT64_MAX;
	if (since != NULL) {
		feed_date(feed, since, false, 0, &rule->since_ns);
	}
	if (until != NULL) {
		feed_date(feed, until, true, 0, &rule->until_ns);
	}
}

void own_rule_read(struct feed *feed, const json_t *extension, const struct imported_rule *rule)
{
	size_t i;
	json_t *indicator;
	char servers[JSON_TEXT_SIZE];
	struct imported_rule own = *rule;
	(void)read_kind(json_value(extension, "what"), &own.kind);
	if (!list_servers(json_object_get(extension, "servers"), servers)) {
		feed_complain(feed, 0, 0, "invalid list of servers");
		return;
	}
	own.servers = servers;
	read_severity(extension, &own);
	read_period(feed, extension, &own);
	json_array_foreach(json_object_get(extension, "indicators"), i, indicator)
	{
		if (json_is_string(indicator)) {
			feed_add_view(feed, json_string_value(indicator),
			              json_string_length(indicator), 0, 0, FEED_EXACT, &own);
		} else {
			feed_complain(feed, 0, 0, "an indicator is not a string");
		}
	}
}

/* Splits `PREDICATE="VALUE"`. Returns the value, NULL for any other text. */
static const char *split_tag(const char *tag, const char *predicate, char value[TAG_VALUE_SIZE])
{
	size_t size = strlen(predicate);
	size_t whole = strlen(tag);
	if (strncmp(tag, predicate, size) != 0 || strncmp(tag + size, "=\"", 2) != 0 ||
	    whole < size + 3 || tag[whole - 1] != '"' || whole - size - 3 >= TAG_VALUE_SIZE) {
		return NULL;
	}
	memcpy(value, tag + size + 2, whole - size - 3);
	value[whole - size - 3] = '\0';
	return value;
}

static const char *prefix_of(const char *reach)
{
	if (strcmp(reach, EXCHANGE_REACH_BELOW) == 0) {
		return "*.";
	}
	if (strcmp(reach, EXCHANGE_REACH_BOTH) == 0) {
		return ".";
	}
	return strcmp(reach, EXCHANGE_REACH_MAILBOXES) == 0 ? "@" : "";
}

static void read_confidence(struct own_tags *tags, const char *value)
{
	char *end;
	long number = strtol(value, &end, 10);
	if (end != value && *end == '\0' && number >= 0 && number <= 100) {
		tags->confidence = (int)number;
	}
}

bool own_tags_read(struct own_tags *tags, const char *name)
{
	char value[TAG_VALUE_SIZE];
	if (name == NULL || strncmp(name, EXCHANGE_MISP_TAG, strlen(EXCHANGE_MISP_TAG)) != 0) {
		return false;
	}
	name += strlen(EXCHANGE_MISP_TAG);
	tags->found = true;
	if (split_tag(name, "what", value) != NULL && !read_kind(value, &tags->kind)) {
		tags->kind = KIND_ANY;
	}
	if (split_tag(name, "reach", value) != NULL) {
		tags->prefix = prefix_of(value);
	}
	if (split_tag(name, "confidence", value) != NULL) {
		read_confidence(tags, value);
	}
	if (split_tag(name, "severity", value) != NULL) {
		int severity = keyword_find(KEYWORD_SEVERITIES, value);
		tags->has_severity = severity >= 0;
		tags->severity = severity >= 0 ? (enum rule_severity)severity : SEVERITY_MEDIUM;
	}
	return true;
}
