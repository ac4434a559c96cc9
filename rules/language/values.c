/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/values.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/duration.h"
#include "rules/language/range.h"

/*! \brief The largest TTL (RFC 2181 section 8). */
#define TTL_MAX 2147483647

/*! \brief The largest value of after and forget, in seconds. */
#define DURATION_MOST (3660u * 86400)
/*! \brief The largest value of min. */
#define MIN_MOST 10000

static int fail(char *why, const char *text)
{
	snprintf(why, VALUES_WHY_SIZE, "%s", text);
	return -1;
}

void values_clear(struct values *values, enum rule_key key)
{
	struct language_keys *keys = &values->keys;
	keys->given &= (uint16_t)~RULE_BIT(key);
	keys->text[key] = NULL;
	switch (key) {
	case KEY_SEV:
		keys->severity = SEVERITY_MEDIUM;
		keys->rated = false;
		break;
	case KEY_CONF:
		keys->confidence = -1;
		break;
	case KEY_SINCE:
		keys->since_ns = INT64_MIN;
		break;
	case KEY_UNTIL:
		keys->until_ns = INT64_MAX;
		break;
	case KEY_MAX_TTL:
		keys->max_ttl = LANGUAGE_NO_TTL;
		break;
	case KEY_TLD:
		keys->strict = false;
		break;
	case KEY_FORCE:
		keys->force = false;
		break;
	case KEY_SERVER:
		keys->servers_count = 0;
		break;
	case KEY_AFTER:
		keys->after_s = LANGUAGE_AFTER_S;
		break;
	case KEY_MIN:
		keys->min = LANGUAGE_MIN;
		break;
	case KEY_FORGET:
		keys->forget_s = LANGUAGE_FORGET_S;
		break;
	default:
		break;
	}
}

void values_init(struct values *values)
{
	*values = (struct values){ 0 };
	for (int i = 0; i < KEY_COUNT; i++) {
		values_clear(values, (enum rule_key)i);
	}
}

void values_inherit(struct values *values, const struct values *defaults)
{
	values->keys = defaults->keys;
	values->keys.given = 0;
}

int values_keep(struct values *defaults, const struct values *values)
{
	uint16_t given = defaults->keys.given | values->keys.given;
	defaults->keys = values->keys;
	defaults->keys.given = given;
	for (int i = 0; i < KEY_COUNT; i++) {
		const char *text = values->keys.text[i];
		if (text == defaults->owned[i]) {
			continue;
		}
		char *copy = strdup(text);
		if (copy == NULL) {
			return -1;
		}
		free(defaults->owned[i]);
		defaults->owned[i] = copy;
		defaults->keys.text[i] = copy;
	}
	return 0;
}

void values_release(struct values *defaults)
{
	for (int i = 0; i < KEY_COUNT; i++) {
		free(defaults->owned[i]);
	}
	values_init(defaults);
}

/*! \brief Reads a decimal number up to `most`. Returns -1 for any other text. */
static int64_t read_number(const char *text, int64_t most)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 10 || text[digits] != '\0') {
		return -1;
	}
	int64_t number = strtoll(text, NULL, 10);
	return number <= most ? number : -1;
}

static int read_severity(struct language_keys *keys, const char *text, char *why)
{
	char all[KEYWORD_LIST_SIZE];
	int severity = keyword_find(KEYWORD_SEVERITIES, text);
	const char *near = keyword_near(KEYWORD_SEVERITIES, text);
	if (severity < 0 && near != NULL) {
		snprintf(why, VALUES_WHY_SIZE, "`%.60s` is not a severity: did you mean `%s`?",
		         text, near);
		return -1;
	}
	if (severity < 0) {
		keyword_list(KEYWORD_SEVERITIES, KEYWORD_ALL, "or", all, sizeof(all));
		snprintf(why, VALUES_WHY_SIZE, "must be %s", all);
		return -1;
	}
	keys->severity = (enum rule_severity)severity;
	keys->rated = true;
	return 0;
}

static int read_url(const char *text, char *why)
{
	static const char SCHEME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "0123456789+.-";
	size_t scheme = strspn(text, SCHEME);
	bool url = scheme > 0 && strncmp(text + scheme, "://", 3) == 0 && text[scheme + 3] != '\0';
	return url ? 0 : fail(why, "expected a complete URL such as https://example.com/report");
}

static int read_tags(const char *text, char *why)
{
	size_t size = strlen(text);
	if (text[0] == ',' || text[size - 1] == ',' || strstr(text, ",,") != NULL) {
		return fail(why, "a tag is empty: separate tags with one comma");
	}
	return 0;
}

static int read_date(const char *text, bool end, int64_t *time_ns, char *why)
{
	const char *wrong = date_parse(text, end, time_ns);
	return wrong == NULL ? 0 : fail(why, wrong);
}

/*! \brief Reads an address, a network or a range; returns the number of networks or -1. */
static int read_networks(const char *piece, struct network networks[RANGE_NETWORKS_MAX], char *why)
{
	char reason[INDICATOR_WHY_SIZE];
	struct indicator indicator;
	int count = range_parse(piece, networks, reason);
	if (count < 0 || (count == 0 && indicator_parse(piece, &indicator, reason) != 0)) {
		snprintf(why, VALUES_WHY_SIZE, "`%.40s`: %s", piece, reason);
		return -1;
	}
	if (count > 0) {
		return count;
	}
	if (indicator.form != FORM_NETWORK) {
		snprintf(why, VALUES_WHY_SIZE,
		         "`%.80s` is %s, but server= takes only addresses and networks", piece,
		         rule_form_text(indicator.form));
		return -1;
	}
	networks[0] = indicator.network;
	return 1;
}

static int read_server(struct language_keys *keys, const char *text, size_t size, char *why)
{
	char piece[INDICATOR_WORD_MAX];
	struct network networks[RANGE_NETWORKS_MAX];
	if (size >= sizeof(piece)) {
		return fail(why, "the text of a network is too long");
	}
	memcpy(piece, text, size);
	piece[size] = '\0';
	int count = read_networks(piece, networks, why);
	if (count < 0) {
		return -1;
	}
	if (keys->servers_count + (size_t)count > LANGUAGE_SERVERS_MAX) {
		return fail(why, "there are more than 32 networks: split the rule");
	}
	memcpy(keys->servers + keys->servers_count, networks, (size_t)count * sizeof(networks[0]));
	keys->servers_count += (size_t)count;
	return 0;
}

static int read_servers(struct language_keys *keys, const char *text, char *why)
{
	keys->servers_count = 0;
	for (;;) {
		size_t size = strcspn(text, ",");
		if (read_server(keys, text, size, why) != 0) {
			return -1;
		}
		if (text[size] == '\0') {
			return 0;
		}
		text += size + 1;
	}
}

static int read_duration(const char *text, uint32_t *seconds, char *why)
{
	uint64_t number;
	if (duration_parse(text, &number) && number <= DURATION_MOST) {
		*seconds = (uint32_t)number;
		return 0;
	}
	if (strcmp(text, "0") == 0) {
		*seconds = 0;
		return 0;
	}
	return fail(why, "expected a duration of at most ten years, such as 12h or 7d");
}

static int read_min(const char *text, uint32_t *min, char *why)
{
	int64_t number = read_number(text, MIN_MOST);
	*min = (uint32_t)number;
	return number >= 1 ? 0 : fail(why, "expected a whole number from 1 to 10000");
}

static int read_value(struct language_keys *keys, enum rule_key key, const char *text, char *why)
{
	int64_t number;
	switch (key) {
	case KEY_SEV:
		return read_severity(keys, text, why);
	case KEY_CONF:
		number = read_number(text, 100);
		keys->confidence = (int)number;
		return number >= 0 ? 0 : fail(why, "expected a whole number from 0 to 100");
	case KEY_MAX_TTL:
		number = read_number(text, TTL_MAX);
		keys->max_ttl = (uint32_t)number;
		return number >= 0 ? 0
		                   : fail(why,
		                          "expected a whole number of seconds, at most 2147483647");
	case KEY_SINCE:
		return read_date(text, false, &keys->since_ns, why);
	case KEY_UNTIL:
		return read_date(text, true, &keys->until_ns, why);
	case KEY_TLD:
		keys->strict = strcmp(text, "strict") == 0;
		return keys->strict ? 0 : fail(why, "the only possible value is `strict`");
	case KEY_FORCE:
		keys->force = strcmp(text, "yes") == 0;
		return keys->force ? 0 : fail(why, "the only possible value is `yes`");
	case KEY_AFTER:
		return read_duration(text, &keys->after_s, why);
	case KEY_MIN:
		return read_min(text, &keys->min, why);
	case KEY_FORGET:
		return read_duration(text, &keys->forget_s, why);
	case KEY_SERVER:
		return read_servers(keys, text, why);
	case KEY_REF:
		keys->text[key] = text;
		return read_url(text, why);
	case KEY_TAGS:
		keys->text[key] = text;
		return read_tags(text, why);
	default:
		keys->text[key] = text;
		return 0;
	}
}

int values_read(struct values *values, enum rule_key key, const char *text,
                char why[VALUES_WHY_SIZE])
{
	if (text[0] == '\0') {
		return fail(why, "the value after `=` is missing");
	}
	return read_value(&values->keys, key, text, why);
}
