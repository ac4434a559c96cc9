/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_rule.h"

#include <string.h>

#include "base/address.h"

static void put_rule(struct json *json, const struct rule_view *rule)
{
	json_put_object(json, "rule");
	json_put_string(json, "id", rule->id);
	json_put_string(json, "name", rule->text);
	json_put_optional(json, "description", rule->note);
	json_put_optional(json, "reference", rule->ref);
	json_put_optional(json, "ruleset", rule->feed);
	json_end_object(json);
}

static void put_tags(struct json *json, const char *tags)
{
	if (tags == NULL || tags[0] == '\0') {
		return;
	}
	json_put_array(json, "tags");
	for (const char *tag = tags; *tag != '\0';) {
		size_t size = strcspn(tag, ",");
		json_put_bytes(json, NULL, tag, size);
		tag += size + (tag[size] == ',');
	}
	json_end_array(json);
}

/* The words are those of ECS, the bounds those of STIX 2.1, appendix A. */
static const char *confidence_text(int confidence)
{
	if (confidence <= 0) {
		return confidence < 0 ? "Not Specified" : "None";
	}
	return confidence < 30 ? "Low" : confidence < 70 ? "Medium" : "High";
}

static const char *observed_type(const struct observation *seen)
{
	if (seen->addr != NULL) {
		return address_is_ipv4(seen->addr) ? "ipv4-addr" : "ipv6-addr";
	}
	return seen->local != NULL ? "email-addr" : "domain-name";
}

/* A text is no indicator, so the name that has it is stated. */
static bool has_name(const struct observation *seen)
{
	return seen->addr != NULL || seen->name != NULL;
}

/* The indicator of an `alert` rule is that of all its hits. */
static bool is_shared(const struct rule_view *rule)
{
	return rule->action == ACTION_IOC_MATCH;
}

/* A pin or a protected name states the correct value; the threat indicator is the observed
 * value. */
static void put_observed_indicator(struct json *json, const struct event_parts *parts)
{
	struct writer *out = &json->out;
	if (parts->hit->seen->addr != NULL) {
		writer_literal(out, "\"ip\":");
		json_put_text(json, parts->value, parts->value_size);
		writer_char(out, ',');
	}
	writer_literal(out, "\"name\":");
	if (has_name(parts->hit->seen)) {
		json_put_text(json, parts->value, parts->value_size);
	} else {
		json_put_text(json, parts->owner, parts->owner_size);
	}
	writer_literal(out, ",\"type\":\"");
	writer_string(out, observed_type(parts->hit->seen));
	writer_char(out, '"');
}

static void put_rule_network(struct json *json, const char *indicator)
{
	bool ipv6 = strchr(indicator, ':') != NULL;
	writer_either(&json->out, ipv6, "ipv6-addr\"", "ipv4-addr\"");
	if (strchr(indicator, '/') == NULL) {
		writer_literal(&json->out, ",\"ip\":");
		json_put_text(json, indicator, strlen(indicator));
	}
}

static void put_rule_indicator(struct json *json, const struct rule_view *rule)
{
	writer_literal(&json->out, "\"name\":");
	json_put_text(json, rule->indicator, strlen(rule->indicator));
	writer_literal(&json->out, ",\"type\":\"");
	if (rule->form == FORM_NETWORK) {
		put_rule_network(json, rule->indicator);
	} else {
		writer_either(&json->out, rule->form == FORM_MAILBOX, "email-addr\"",
		              "domain-name\"");
	}
}

static void put_confidence(struct json *json, const struct rule_view *rule)
{
	writer_literal(&json->out, ",\"confidence\":\"");
	writer_string(&json->out, confidence_text(rule->confidence));
	writer_char(&json->out, '"');
}

static void put_feed(struct json *json, const char *feed)
{
	size_t size = feed != NULL ? strlen(feed) : 0;
	if (size > 0) {
		writer_literal(&json->out, ",\"provider\":");
		json_put_text(json, feed, size);
		writer_literal(&json->out, "},\"feed\":{\"name\":");
		json_put_text(json, feed, size);
	}
}

/* Writes the threat up to the value that was matched. `parts` may be NULL if all hits of the
 * indicator share that. */
static void put_threat(struct json *json, const struct rule_view *rule,
                       const struct event_parts *parts)
{
	struct writer *out = json_members(json);
	writer_literal(out, "\"threat\":{\"indicator\":{");
	if (is_shared(rule)) {
		put_rule_indicator(json, rule);
	} else {
		put_observed_indicator(json, parts);
	}
	put_confidence(json, rule);
	put_feed(json, rule->feed);
	writer_literal(out, "},\"enrichments\":[{\"matched\":{\"atomic\":");
}

static void put_matched(struct json *json, const struct event_parts *parts)
{
	struct writer *out = &json->out;
	json_put_text(json, parts->value, parts->value_size);
	writer_literal(out, ",\"field\":\"");
	writer_string(out, parts->hit->field);
	writer_literal(out, "\",\"type\":\"indicator_match_rule\"}}]}");
}

static void read_rule(struct event_rule *rule, const struct rule_view *view)
{
	if (view->number != 0 && view->number == rule->number) {
		return;
	}
	rule->number = view->number;
	json_begin(&rule->members);
	put_rule(&rule->members, view);
	put_tags(&rule->members, view->tags);
	if (is_shared(view)) {
		put_threat(&rule->members, view, NULL);
	}
}

void event_rule_free(struct event_rule *rule)
{
	json_free(&rule->members);
}

void event_put_rule(struct json *json, struct event_rule *rule, const struct event_parts *parts)
{
	read_rule(rule, parts->hit->rule);
	json_put_members(json, &rule->members);
	if (!is_shared(parts->hit->rule)) {
		put_threat(json, parts->hit->rule, parts);
	}
	put_matched(json, parts);
}
