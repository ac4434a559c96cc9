/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/value.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "rules/language/range.h"
#include "rules/language/refang.h"

/*! \brief The number of octets of the longest value, which may be a URL. */
#define VALUE_MAX 8192

static bool is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

/*! \brief Removes blanks, final commas, and quotes or angle brackets around a word. */
static void tidy(const char **word, size_t *size)
{
	const char *end = *word + *size;
	while (*word < end && ascii_is_space(**word)) {
		(*word)++;
	}
	/* Some lists write +.example.com for .example.com. */
	*word += end - *word > 2 && (*word)[0] == '+' && (*word)[1] == '.';
	while (end > *word && (ascii_is_space(end[-1]) || end[-1] == ',' || end[-1] == ';')) {
		end--;
	}
	bool quoted = end - *word >= 2 && end[-1] == **word && is_quote(**word);
	bool angled = end - *word >= 2 && **word == '<' && end[-1] == '>';
	*word += quoted || angled;
	end -= quoted || angled;
	*size = (size_t)(end - *word);
}

/*!
 * \brief Converts a netmask to a prefix length. Returns -1 for a text that is not ones followed by
 *        zeros.
 */
static int mask_length(const char *text)
{
	uint32_t mask;
	if (inet_pton(AF_INET, text, &mask) != 1) {
		return -1;
	}
	mask = be32toh(mask);
	int length = mask == 0 ? 0 : 32 - __builtin_ctz(mask);
	uint32_t meant = length == 0 ? 0 : UINT32_MAX << (32 - length);
	return mask == meant ? length : -1;
}

/*! \brief Returns true if a text has only digits and dots, or colons in the way of IPv6. */
static bool is_like_address(const char *text)
{
	const char *colon = strchr(text, ':');
	return text[strspn(text, "0123456789.")] == '\0' ||
	       (colon != NULL && strchr(colon + 1, ':') != NULL);
}

/*! \brief Returns true if a text is the prefix length after an address. */
static bool is_length(const char *text)
{
	return ascii_is_digit(*text) && text[strspn(text, "0123456789")] == '\0';
}

/*! \brief Removes `/PATH` after the host, but neither `/24` nor `/255.255.255.0`. */
static void cut_path(struct value *value)
{
	struct in_addr addr;
	char *slash = strchr(value->text, '/');
	char *at = strchr(value->text, '@');
	if (slash == NULL || (at != NULL && at < slash)) {
		return;
	}
	*slash = '\0';
	int mask = inet_pton(AF_INET, value->text, &addr) == 1 ? mask_length(slash + 1) : -1;
	if (mask >= 0) {
		snprintf(slash, 4, "/%d", mask);
	} else if (is_like_address(value->text) && is_length(slash + 1)) {
		*slash = '/';
	} else {
		value->is_url = true;
	}
}

/*!
 * \brief Removes `:PORT` and `|PORT`, and the brackets of an IPv6 address. No group of an IPv6
 *        address is removed.
 */
static void cut_port(char *text)
{
	char *bar = strchr(text, '|');
	if (bar != NULL && strpbrk(bar, ".:@") == NULL && strchr(text, '@') == NULL) {
		*bar = '\0';
	}
	char *colon = strrchr(text, ':');
	bool bracketed = text[0] == '[' && colon != NULL && colon[-1] == ']';
	if (colon == NULL || colon == text || (!bracketed && strchr(text, ':') != colon) ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0') {
		return;
	}
	*colon = '\0';
	if (bracketed) {
		colon[-1] = '\0';
		memmove(text, text + 1, strlen(text));
	}
}

int value_read(const char *word, size_t size, struct value *value)
{
	char text[VALUE_MAX + 1];
	char host[VALUE_MAX + 1];
	tidy(&word, &size);
	if (size > VALUE_MAX) {
		return -1;
	}
	memcpy(text, word, size);
	text[size] = '\0';
	int url = refang(text, host, sizeof(host));
	if (url == 0 && strncmp(host, "//", 2) == 0) {
		memmove(host, host + 2, strlen(host + 2) + 1);
	}
	/* If the text is too long for an indicator, only its path can be the reason, so the path is
	 * removed. */
	host[strlen(host) > INDICATOR_WORD_MAX ? strcspn(host, "/") : strlen(host)] = '\0';
	if (url < 0 || strlen(host) > INDICATOR_WORD_MAX) {
		return -1;
	}
	strcpy(value->text, host);
	value->is_url = url > 0;
	cut_path(value);
	cut_port(value->text);
	return 0;
}

bool value_is_hash(const char *text)
{
	static const size_t LENGTHS[] = { 32, 40, 56, 64, 96, 128 };
	size_t size = strlen(text);
	if (size < LENGTHS[0] || text[strspn(text, "0123456789abcdefABCDEF")] != '\0') {
		return false;
	}
	for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++) {
		if (size == LENGTHS[i]) {
			return true;
		}
	}
	return false;
}

bool value_is_indicator(const char *word, size_t size, struct indicator *indicator)
{
	char why[INDICATOR_WHY_SIZE];
	struct value value;
	struct network networks[RANGE_NETWORKS_MAX];
	if (value_read(word, size, &value) != 0) {
		return false;
	}
	if (range_parse(value.text, networks, why) > 0) {
		*indicator = (struct indicator){ .form = FORM_NETWORK, .network = networks[0] };
		return true;
	}
	return indicator_parse(value.text, indicator, why) == 0 &&
	       (indicator->form != FORM_NAME || indicator->name[0] + 2u < indicator->name_size);
}

bool value_is_file_ending(const char *label)
{
	static const char *const ENDINGS[] = {
		"py", "md", "sh",  "pl", "rs",   "zip", "mov", "so",
		"ps", "cc", "app", "js", "java", "id",  "tf",  "in"
	};
	for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
		if (strcasecmp(label, ENDINGS[i]) == 0) {
			return true;
		}
	}
	return false;
}

bool value_looks_like_indicator(const psl_ctx_t *psl, const char *word, size_t size)
{
	char text[DNS_NAME_MAX + 1];
	struct indicator indicator;
	if (!value_is_indicator(word, size, &indicator)) {
		return false;
	}
	if (indicator.form != FORM_NAME) {
		return true;
	}
	dns_name_to_host(indicator.name, indicator.name_size, text);
	const char *last = strrchr(text, '.') + 1;
	return !value_is_file_ending(last) &&
	       (psl == NULL || strcmp(last, "example") == 0 || strcmp(last, "onion") == 0 ||
	        psl_is_public_suffix2(psl, last, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE));
}
