/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/stix_text.h"

#include <string.h>

#include "base/utf8.h"

/* The parts of a pattern that is written. */
struct pattern {
	struct writer *out;
	const char *path; /* The object path before each comparison. */
	bool first;
};

const char *stix_text_name(const char *text)
{
	text += text[0] == '*';
	return text + (text[0] == '.');
}

/* Starts a comparison: `PATH OPERATOR '`, after an OR if it is not the first. */
static void begin_comparison(struct pattern *pattern, const char *operator)
{
	if (!pattern->first) {
		writer_literal(pattern->out, " OR ");
	}
	pattern->first = false;
	writer_string(pattern->out, pattern->path);
	writer_string(pattern->out, operator);
}

/* A quote and a backslash in a string are escaped (section 9.6). */
static void put_string(struct writer *out, const char *prefix, const char *text)
{
	writer_char(out, '\'');
	writer_string(out, prefix);
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\') {
			writer_char(out, '\\');
		}
		writer_char(out, *text);
	}
	writer_char(out, '\'');
}

static void compare(struct pattern *pattern, const char *operator, const char * prefix,
                    const char *text)
{
	begin_comparison(pattern, operator);
	put_string(pattern->out, prefix, text);
}

static void put_network(struct pattern *pattern, enum observation_kind kind,
                        const struct network *network)
{
	char text[NETWORK_TEXT_SIZE];
	bool peer = kind == KIND_RESOLVER || kind == KIND_SERVER;
	network_text(network, text);
	pattern->path = peer                     ? "network-traffic:dst_ref.value"
	                : network_is_v4(network) ? "ipv4-addr:value"
	                                         : "ipv6-addr:value";
	compare(pattern, strchr(text, '/') != NULL ? " ISSUBSET " : " = ", "", text);
}

/* The path of mailboxes. */
static const char *mailbox_path(enum observation_kind kind)
{
	return kind == KIND_FROM   ? "email-message:from_ref.value"
	       : kind == KIND_RCPT ? "email-message:to_refs[*].value"
	                           : "email-addr:value";
}

static void put_mailbox(struct pattern *pattern, enum observation_kind kind, const char *text)
{
	bool all = text[0] == '@';
	pattern->path = mailbox_path(kind);
	compare(pattern, all ? " LIKE " : " = ", all ? "%" : "", text);
}

static void put_name(struct pattern *pattern, enum observation_kind kind, const char *text,
                     enum indicator_reach reach)
{
	bool domain = kind == KIND_FROM || kind == KIND_RCPT;
	const char *name = stix_text_name(text);
	pattern->path = domain ? mailbox_path(kind) : "domain-name:value";
	if ((reach & REACH_EXACT) != 0) {
		compare(pattern, domain ? " LIKE " : " = ", domain ? "%@" : "", name);
	}
	if ((reach & REACH_BELOW) != 0) {
		compare(pattern, " LIKE ", "%.", name);
	}
}

static void put_item(struct pattern *pattern, enum observation_kind kind,
                     const struct indicator *item)
{
	char text[INDICATOR_TEXT_SIZE];
	indicator_text(item, text);
	if (item->form == FORM_NETWORK) {
		put_network(pattern, kind, &item->network);
	} else if (item->form == FORM_MAILBOX) {
		put_mailbox(pattern, kind, text);
	} else {
		put_name(pattern, kind, text, item->reach);
	}
}

static void put_servers(struct writer *out, const struct language_keys *keys)
{
	struct pattern pattern = { .out = out, .first = true };
	if (keys == NULL || keys->servers_count == 0) {
		return;
	}
	writer_literal(out, " AND [");
	for (size_t i = 0; i < keys->servers_count; i++) {
		put_network(&pattern, KIND_SERVER, &keys->servers[i]);
	}
	writer_char(out, ']');
}

void stix_text_pattern(struct writer *out, const struct report_indicator *indicator)
{
	struct pattern pattern = { .out = out, .first = true };
	writer_char(out, '[');
	for (size_t i = 0; i < indicator->count; i++) {
		put_item(&pattern, indicator->kind, &indicator->items[i]);
	}
	writer_char(out, ']');
	put_servers(out, indicator->keys);
}

/* Escapes an octet below 0x20 (RFC 8785 section 3.2.2.2). */
static void put_control(struct writer *out, char c)
{
	static const char SHORT[] = "\bb\tt\nn\ff\rr";
	for (const char *at = SHORT; *at != '\0'; at += 2) {
		if (*at == c) {
			writer_char(out, '\\');
			writer_char(out, at[1]);
			return;
		}
	}
	writer_literal(out, "\\u00");
	writer_hex8(out, (uint8_t)c);
}

void stix_text_canonical(struct writer *out, const char *text, size_t size)
{
	writer_char(out, '"');
	for (size_t at = 0, used; at < size; at += used) {
		used = utf8_sequence((const uint8_t *)text + at, size - at);
		if (used == 0) {
			writer_literal(out, UTF8_REPLACEMENT_TEXT);
			used = 1;
		} else if (text[at] == '"' || text[at] == '\\') {
			writer_char(out, '\\');
			writer_char(out, text[at]);
		} else if (used == 1 && (unsigned char)text[at] < ' ') {
			put_control(out, text[at]);
		} else {
			writer_put(out, text + at, used);
		}
	}
	writer_char(out, '"');
}
