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

/* The rule of a pin or of a protected name has the right value; the threat is the observed one. */
static void put_observed_indicator(struct json *json, const struct event_parts *parts)
{
	const struct observation *seen = parts->hit->seen;
	const char *type = seen->local != NULL ? "email-addr" : "domain-name";
	if (seen->addr != NULL) {
		type = address_is_ipv4(seen->addr) ? "ipv4-addr" : "ipv6-addr";
		json_put_bytes(json, "ip", parts->value, parts->value_size);
	}
	json_put_bytes(json, "name", parts->value, parts->value_size);
	json_put_string(json, "type", type);
}

static void put_rule_indicator(struct json *json, const struct rule_view *rule)
{
	bool ipv6 = strchr(rule->indicator, ':') != NULL;
	json_put_string(json, "name", rule->indicator);
	switch (rule->form) {
	case FORM_NETWORK:
		json_put_string(json, "type", ipv6 ? "ipv6-addr" : "ipv4-addr");
		if (strchr(rule->indicator, '/') == NULL) {
			json_put_string(json, "ip", rule->indicator);
		}
		break;
	case FORM_MAILBOX:
		json_put_string(json, "type", "email-addr");
		break;
	default:
		json_put_string(json, "type", "domain-name");
	}
}

static void put_indicator(struct json *json, const struct event_parts *parts)
{
	const struct rule_view *rule = parts->hit->rule;
	json_put_object(json, "indicator");
	if (rule->action == ACTION_IOC_MATCH) {
		put_rule_indicator(json, rule);
	} else {
		put_observed_indicator(json, parts);
	}
	json_put_string(json, "confidence", confidence_text(rule->confidence));
	json_put_optional(json, "provider", rule->feed);
	json_end_object(json);
}

static void put_match(struct json *json, const struct event_parts *parts)
{
	json_put_array(json, "enrichments");
	json_put_object(json, NULL);
	json_put_object(json, "matched");
	json_put_bytes(json, "atomic", parts->value, parts->value_size);
	json_put_string(json, "field", parts->hit->field);
	json_put_string(json, "type", "indicator_match_rule");
	json_end_object(json);
	json_end_object(json);
	json_end_array(json);
}

static void put_threat(struct json *json, const struct event_parts *parts)
{
	json_put_object(json, "threat");
	put_indicator(json, parts);
	json_put_object(json, "feed");
	json_put_optional(json, "name", parts->hit->rule->feed);
	json_end_object(json);
	put_match(json, parts);
	json_end_object(json);
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
}

void event_rule_free(struct event_rule *rule)
{
	json_free(&rule->members);
}

void event_put_rule(struct json *json, struct event_rule *rule, const struct event_parts *parts)
{
	read_rule(rule, parts->hit->rule);
	json_put_members(json, &rule->members);
	put_threat(json, parts);
}
