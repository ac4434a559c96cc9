/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/indicator.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "rules/keywords.h"
#include "rules/language/refang.h"

__attribute__((format(printf, 2, 3))) static int fail(char *why, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(why, INDICATOR_WHY_SIZE, format, args);
	va_end(args);
	return -1;
}

static int reject_label(const char *text, char *why)
{
	size_t size;
	while ((size = strcspn(text, ".")) > 0 && size <= DNS_LABEL_MAX) {
		text += size + 1;
	}
	if (size == 0) {
		return fail(why, "the name has an empty label: are there too many dots?");
	}
	return fail(why, "the label `%.20s...` has %zu octets; at most %d are allowed", text, size,
	            DNS_LABEL_MAX);
}

/*! \brief Converts text with dots to wire format. */
static int to_wire(const char *text, struct indicator *indicator, char *why)
{
	struct dns_name name;
	switch (dns_name_from_host(text, strlen(text), &name)) {
	case DNS_NAME_OK:
		memcpy(indicator->name, name.wire, name.size);
		indicator->name_size = name.size;
		return 0;
	case DNS_NAME_LONG:
		return fail(why, "the name has more than %d octets", DNS_NAME_MAX);
	default:
		return reject_label(text, why);
	}
}

static inline bool is_of_name(char c)
{
	return ascii_is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
}

static inline bool is_of_v4(char c)
{
	return ascii_is_digit(c) || c == '.' || c == '/';
}

/*!
 * \brief Returns true if a text looks like an IPv4 address or network, whether or not it is valid.
 */
static bool is_v4(const char *text)
{
	return text[0] != '\0' && text[0] != '.' && text[ascii_span(text, is_of_v4)] == '\0';
}

static int check_characters(const char *text, char *why)
{
	size_t sound = ascii_span(text, is_of_name);
	switch (text[sound]) {
	case '\0':
		return 0;
	case '*':
		return fail(why, "a star is allowed only as the first label, as in *.example.com");
	case '/':
		return fail(why, "a name cannot have a path: write `%.*s`", (int)sound, text);
	case ':':
		return fail(why, "a name cannot have a port: write `%.*s`", (int)sound, text);
	case '[':
		return fail(why, "only `protect` takes ranges in names");
	default:
		return fail(why, "`%c` is not allowed in a name", text[sound]);
	}
}

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((*text & 0x80) != 0) {
			return false;
		}
	}
	return true;
}

static int read_domain(const char *text, struct indicator *indicator, char *why)
{
	char *ascii = NULL;
	if (!is_ascii(text)) {
		int ret = idn2_to_ascii_8z(text, &ascii, IDN2_NONTRANSITIONAL);
		if (ret != IDN2_OK) {
			return fail(why, "the international name is invalid: %s",
			            idn2_strerror(ret));
		}
		text = ascii;
	}
	int ret = text[0] == '\0' ? fail(why, "the name has no labels") : 0;
	if (ret == 0) {
		ret = check_characters(text, why);
	}
	if (ret == 0) {
		ret = to_wire(text, indicator, why);
	}
	idn2_free(ascii);
	return ret;
}

/*!
 * \brief Returns the number of octets of a number in the form of inet_aton(), of a range, or of a
 *        placeholder such as x.
 */
static size_t number_size(const char *label)
{
	bool hex = label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
	size_t digits = hex ? strspn(label + 2, "0123456789abcdefABCDEF") : 0;
	return digits > 0 ? 2 + digits : strspn(label, "0123456789xX*-");
}

/*!
 * \brief Returns true if a text is meant as an IPv4 address. Its first and its last label are then
 *        numbers, as in `086.035.071.014`, `0xc6.51.100.7`, `198.51.100.x` and `198.51.100.0-255`.
 */
static bool is_like_v4(const char *text)
{
	if (!ascii_is_digit(text[0])) {
		return false;
	}
	size_t size = strlen(text);
	size -= text[size - 1] == '.';
	const char *last = memrchr(text, '.', size);
	return last != NULL && text[number_size(text)] == '.' &&
	       last + 1 + number_size(last + 1) == text + size;
}

static int read_name(const char *text, struct indicator *indicator, char *why)
{
	if (is_like_v4(text)) {
		return fail(why, "`%.60s` is neither an IPv4 address nor a name", text);
	}
	indicator->form = FORM_NAME;
	indicator->reach = REACH_EXACT;
	if (strncmp(text, "*.", 2) == 0) {
		indicator->reach = REACH_BELOW;
		text += 2;
	} else if (text[0] == '.') {
		indicator->reach = REACH_BOTH;
		text++;
	}
	return read_domain(text, indicator, why);
}

static int read_mailbox(char *text, struct indicator *indicator, char *why)
{
	char *at = strrchr(text, '@');
	const char *domain = at + 1;
	*at = '\0';
	indicator->form = FORM_MAILBOX;
	if (domain[0] == '.' || domain[0] == '*') {
		return fail(why,
		            "a mailbox has exactly one domain: write `%s` for all mailboxes at "
		            "these domains",
		            domain);
	}
	if (domain[0] == '[') {
		return fail(why, "the mailbox has an address instead of a domain: use the kind "
		                 "`server` for addresses");
	}
	if (strcmp(text, "*") == 0) {
		return fail(why, "for any mailbox at this domain write `@%s`", domain);
	}
	int size = mailbox_local_fold(text, strlen(text), indicator->local);
	if (size < 0) {
		return fail(why, "the local part has more than %d octets", MAILBOX_LOCAL_MAX);
	}
	if (size == 0 && at != text) {
		return fail(why, "the local part of the mailbox is empty");
	}
	indicator->local_size = (size_t)size;
	return read_domain(domain, indicator, why);
}

/*! \brief Reads a decimal number of at most three digits. Returns -1 for any other text. */
static int read_length(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits > 0 && digits <= 3 && text[digits] == '\0' ? atoi(text) : -1;
}

static int read_address(const char *text, bool v4, struct network *network, char *why)
{
	static const uint8_t V4_MAPPED[12] = { [10] = 0xff, [11] = 0xff };
	if (!v4) {
		return inet_pton(AF_INET6, text, network->addr) == 1
		               ? 0
		               : fail(why, "`%.60s` is not an IPv6 address", text);
	}
	memcpy(network->addr, V4_MAPPED, sizeof(V4_MAPPED));
	return inet_pton(AF_INET, text, network->addr + 12) == 1
	               ? 0
	               : fail(why,
	                      "`%.60s` is not an IPv4 address: write four numbers up to 255 "
	                      "without leading zeros",
	                      text);
}

static int read_network(char *text, bool v4, struct indicator *indicator, char *why)
{
	struct network *network = &indicator->network;
	int most = v4 ? 32 : 128;
	int length = most;
	char *slash = strchr(text, '/');
	indicator->form = FORM_NETWORK;
	if (slash != NULL) {
		*slash = '\0';
		length = read_length(slash + 1);
	}
	if (length < 0 || length > most) {
		return fail(why, "the prefix length after the slash must be 0 to %d", most);
	}
	if (read_address(text, v4, network, why) != 0) {
		return -1;
	}
	network->bits = (uint8_t)(length + (v4 ? NETWORK_V4_BITS : 0));
	if (network_clear(network)) {
		char meant[NETWORK_TEXT_SIZE];
		network_text(network, meant);
		(void)fail(why, "bits beyond the prefix are set: the network is %s", meant);
		return INDICATOR_BITS_SET;
	}
	return 0;
}

int indicator_parse(const char *word, struct indicator *indicator, char why[INDICATOR_WHY_SIZE])
{
	char text[INDICATOR_WORD_MAX + 1];
	indicator->name_size = 0;
	indicator->reach = REACH_EXACT;
	if (refang(word, text, sizeof(text)) < 0) {
		return fail(why, "the indicator has more than %d octets", INDICATOR_WORD_MAX);
	}
	if (strchr(text, '@') != NULL) {
		return read_mailbox(text, indicator, why);
	}
	if (is_v4(text)) {
		return read_network(text, true, indicator, why);
	}
	/* A single colon precedes a port. read_name() has a better message for this mistake. */
	char *colon = strchr(text, ':');
	if (colon != NULL && strchr(colon + 1, ':') != NULL) {
		return read_network(text, false, indicator, why);
	}
	bool mapped = !is_ascii(text);
	int ret = read_name(text, indicator, why);
	if (ret != 0 || !mapped) {
		return ret;
	}
	/* Japanese reports may use full-width digits, which become an address only after IDNA has
	 * mapped them. */
	indicator_text(indicator, text);
	return is_v4(text) ? read_network(text, true, indicator, why) : 0;
}

void indicator_root(struct indicator *indicator)
{
	indicator->form = FORM_NAME;
	indicator->reach = REACH_EXACT;
	indicator->name[0] = 0;
	indicator->name_size = 1;
	indicator->local_size = 0;
}

int indicator_parse_text(const char *word, const char *const *words, struct indicator *indicator,
                         char why[INDICATOR_WHY_SIZE])
{
	char list[KEYWORD_LIST_SIZE];
	size_t size = strlen(word);
	if (words != NULL && keyword_find(words, word) < 0) {
		keyword_list(words, KEYWORD_ALL, "or", list, sizeof(list));
		return fail(why, "write %s here", list);
	}
	if (size == 0 || size > INDICATOR_WRITTEN_MAX) {
		return fail(why, "a text has 1 to %d octets, but this one has %zu",
		            INDICATOR_WRITTEN_MAX, size);
	}
	indicator->form = FORM_TEXT;
	indicator->reach = REACH_EXACT;
	indicator->text = word;
	indicator->text_size = size;
	return 0;
}

/*! \brief Checks `[LOW-HIGH]` at `open`. `*size` receives the number of its octets. */
static int check_range(const char *open, size_t *size, char *why)
{
	size_t low = strspn(open + 1, "0123456789");
	const char *high_text = open + 1 + low + 1;
	size_t high = open[1 + low] == '-' ? strspn(high_text, "0123456789") : 0;
	if (low == 0 || high == 0 || high_text[high] != ']') {
		return fail(why,
		            "a range must be two numbers in brackets, as in awsdns-[00-63].com");
	}
	if (low > 9 || high > 9) {
		return fail(why, "a number of a range may have at most nine digits");
	}
	if (low > high || (low < high && open[1] == '0' && low > 1)) {
		return fail(why, "in a range with leading zeros, both numbers must have the same "
		                 "number of digits, as in [00-63]");
	}
	if (atoi(open + 1) > atoi(high_text)) {
		return fail(why, "the first number of a range must not exceed the second");
	}
	*size = low + high + 3;
	return 0;
}

int indicator_parse_family(const char *word, struct indicator *indicator,
                           char why[INDICATOR_WHY_SIZE])
{
	char text[INDICATOR_WORD_MAX + 1];
	size_t range = 0;
	if (refang(word, text, sizeof(text)) < 0) {
		return fail(why, "the name has more than %d octets", INDICATOR_WORD_MAX);
	}
	char *open = strchr(text, '[');
	if (open == NULL) {
		return indicator_parse(word, indicator, why);
	}
	if (check_range(open, &range, why) != 0) {
		return -1;
	}
	/* With a digit in place of the range, the text must be an ordinary name. */
	char plain[INDICATOR_WORD_MAX + 1];
	snprintf(plain, sizeof(plain), "%.*s0%s", (int)(open - text), text, open + range);
	if (!is_ascii(plain)) {
		return fail(why, "a name with a range must be written in ASCII (A-labels)");
	}
	if (strchr(plain, '[') != NULL) {
		return fail(why, "a name can have only one range");
	}
	if (indicator_parse(plain, indicator, why) != 0) {
		return -1;
	}
	if (indicator->form != FORM_NAME || indicator->reach != REACH_EXACT) {
		return 0;
	}
	return to_wire(text, indicator, why);
}

/*!
 * \brief Returns true for an octet that an unquoted local part may have. A star, and the octets
 *        that refang() changes, need quotes.
 */
static bool is_bare(char c)
{
	return ascii_is_alphanumeric(c) || (c != '\0' && strchr("!#$%&'+-/=?^_`|~.", c) != NULL);
}

/*! \brief Writes a local part, in quotes if necessary (RFC 5321 section 4.1.2). */
static size_t local_text(const char *local, size_t size, char *text)
{
	size_t used = 0;
	size_t bare = 0;
	while (bare < size && is_bare(local[bare])) {
		bare++;
	}
	if (bare == size) {
		memcpy(text, local, size);
		return size;
	}
	text[used++] = '"';
	for (size_t i = 0; i < size; i++) {
		if (local[i] == '"' || local[i] == '\\') {
			text[used++] = '\\';
		}
		text[used++] = local[i];
	}
	text[used++] = '"';
	return used;
}

size_t indicator_text(const struct indicator *indicator, char text[INDICATOR_TEXT_SIZE])
{
	static const char *const FRONTS[] = {
		[REACH_EXACT] = "", [REACH_BELOW] = "*.", [REACH_BOTH] = "."
	};
	if (indicator->form == FORM_NETWORK) {
		network_text(&indicator->network, text);
		return strlen(text);
	}
	size_t used = 0;
	if (indicator->form == FORM_TEXT) {
		memcpy(text, indicator->text, indicator->text_size);
		text[indicator->text_size] = '\0';
		return indicator->text_size;
	}
	if (indicator->form == FORM_NAME && indicator->name_size == 1) {
		return strlen(strcpy(text, "."));
	}
	if (indicator->form == FORM_MAILBOX) {
		used = local_text(indicator->local, indicator->local_size, text);
		text[used++] = '@';
	} else {
		used = strlen(strcpy(text, FRONTS[indicator->reach]));
	}
	return used + dns_name_to_host(indicator->name, indicator->name_size, text + used);
}
