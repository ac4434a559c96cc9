/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/date.h"
#include "base/time_ns.h"
#include "parsers/dns/dns_codes.h"

#define OK        200
#define BAD       400
#define NOT_FOUND 404
#define TOO_LONG  414
#define TOO_FAR   416

#define VALUE_MAX 64
/* So many parts between slashes are read after the prefix of a path. */
#define PARTS_MAX 6

/* The parts of a path, decoded. */
struct path {
	char parts[PARTS_MAX][CONSOLE_TEXT_MAX];
	size_t count;
};

int console_decode(const char *part, size_t size, bool plus, char *text, size_t room)
{
	size_t length = 0;
	for (size_t at = 0; at < size; at++) {
		char c = part[at];
		if (c == '%') {
			int high = at + 2 < size ? ascii_hex_value(part[at + 1]) : -1;
			int low = high >= 0 ? ascii_hex_value(part[at + 2]) : -1;
			if (low < 0) {
				return -1;
			}
			c = (char)(high << 4 | low);
			at += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0' || length + 1 >= room) {
			return -1;
		}
		text[length++] = c;
	}
	text[length] = '\0';
	return (int)length;
}

bool console_parameter(const char *parameters, const char *name, char *text, size_t room)
{
	size_t length = strlen(name);
	while (*parameters != '\0') {
		size_t size = strcspn(parameters, "&");
		if (size > length && memcmp(parameters, name, length) == 0 &&
		    parameters[length] == '=') {
			return console_decode(parameters + length + 1, size - length - 1, true,
			                      text, room) >= 0;
		}
		parameters += size + (parameters[size] == '&');
	}
	return false;
}

/* Whether there is a parameter of this name, also one that cannot be decoded. */
static bool is_given(const char *parameters, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = parameters; at != NULL; at = strchr(at, '&')) {
		at += *at == '&';
		if (strncmp(at, name, length) == 0 && at[length] == '=') {
			return true;
		}
	}
	return false;
}

static bool read_number(const char *text, uint64_t *number)
{
	char *end;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return ascii_is_digit(text[0]) && *end == '\0' && errno == 0;
}

/* Reads a number of seconds since 1970, `-SECONDS` before now, or a date. */
static bool read_time(const char *text, uint64_t now_s, uint64_t *time_s)
{
	int64_t time_ns;
	uint64_t ago;
	if (text[0] == '-') {
		if (!read_number(text + 1, &ago)) {
			return false;
		}
		*time_s = ago < now_s ? now_s - ago : 0;
		return true;
	}
	if (read_number(text, time_s)) {
		return true;
	}
	if (date_parse(text, false, &time_ns) != NULL || time_ns < 0) {
		return false;
	}
	*time_s = (uint64_t)(time_ns / NS_PER_S);
	return true;
}

static bool read_limits(struct console_request *request, const char *parameters)
{
	char value[VALUE_MAX];
	uint64_t limit = CONSOLE_LIMIT_DEFAULT, offset = 0;
	if (is_given(parameters, "limit") &&
	    (!console_parameter(parameters, "limit", value, sizeof(value)) ||
	     !read_number(value, &limit))) {
		return false;
	}
	if (is_given(parameters, "offset") &&
	    (!console_parameter(parameters, "offset", value, sizeof(value)) ||
	     !read_number(value, &offset))) {
		return false;
	}
	/* 0 asks for as many rows as an answer may have. */
	request->query.limit =
	        limit > 0 && limit < CONSOLE_LIMIT_MAX ? (size_t)limit : CONSOLE_LIMIT_MAX;
	request->offset = offset <= CONSOLE_OFFSET_MAX ? (size_t)offset : SIZE_MAX;
	return true;
}

static bool read_times(struct console_request *request, const char *parameters, uint64_t now_s)
{
	struct history_query *query = &request->query;
	const struct {
		const char *name;
		uint64_t *time_s;
	} times[] = {
		{ "time_first_after", &query->first_since_s },
		{ "time_first_before", &query->until_s },
		{ "time_last_after", &query->since_s },
		{ "time_last_before", &query->last_until_s },
	};
	char value[VALUE_MAX];
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (is_given(parameters, times[i].name) &&
		    (!console_parameter(parameters, times[i].name, value, sizeof(value)) ||
		     !read_time(value, now_s, times[i].time_s))) {
			return false;
		}
	}
	/* No record was seen in 1970, and 0 means any time. */
	query->last_until_s += query->last_until_s == 0 && is_given(parameters, "time_last_before");
	return true;
}

/* Reads a switch of DNSDB: t or f, 1 or 0. */
static bool is_on(const char *parameters, const char *name)
{
	char value[VALUE_MAX];
	return console_parameter(parameters, name, value, sizeof(value)) &&
	       (value[0] == 't' || value[0] == 'T' || value[0] == '1');
}

static const char *read_parameters(struct console_request *request, const char *parameters,
                                   uint64_t now_s)
{
	request->query.until_s = UINT64_MAX;
	if (!read_limits(request, parameters)) {
		return "limit and offset must be numbers";
	}
	if (!read_times(request, parameters, now_s)) {
		return "a time must be seconds since 1970, -SECONDS, or a date such as "
		       "2020-05-31T00:05:12Z";
	}
	request->dates = is_on(parameters, "humantime");
	return NULL;
}

/* Reads the list of types in a path. \return False if one is unknown. */
static bool read_types(struct history_query *query, char *list)
{
	static const uint16_t dnssec[] = { 43, 46, 47, 48, 50, 51, 32769 };
	char *rest = NULL;
	for (char *word = strtok_r(list, ",", &rest); word != NULL;
	     word = strtok_r(NULL, ",", &rest)) {
		if (strcasecmp(word, "ANY") == 0) {
			query->types_count = 0;
			return true;
		}
		if (strcasecmp(word, "ANY-DNSSEC") == 0) {
			memcpy(query->types, dnssec, sizeof(dnssec));
			query->types_count = sizeof(dnssec) / sizeof(dnssec[0]);
			return true;
		}
		if (query->types_count == HISTORY_TYPES_MAX ||
		    !dns_type_read(word, &query->types[query->types_count])) {
			return false;
		}
		query->types_count++;
	}
	return true;
}

/* Reads hexadecimal digits. Returns the number of octets; 0 if the text is something else. */
static size_t read_hex(const char *text, uint8_t *octets, size_t room)
{
	size_t digits = strlen(text);
	if (digits % 2 != 0 || digits / 2 > room) {
		return 0;
	}
	for (size_t i = 0; i < digits / 2; i++) {
		int high = ascii_hex_value(text[2 * i]), low = ascii_hex_value(text[2 * i + 1]);
		if (high < 0 || low < 0) {
			return 0;
		}
		octets[i] = (uint8_t)(high << 4 | low);
	}
	return digits / 2;
}

/* Reads a name or a wildcard in presentation form. */
static bool read_name(struct history_query *query, const char *text)
{
	return strpbrk(text, "@/") == NULL && history_query_read_name(query, text) == NULL;
}

/* Reads ADDRESS, or a network as ADDRESS,BITS or ADDRESS/BITS. */
static bool read_address(struct history_query *query, const char *text)
{
	char network[CONSOLE_TEXT_MAX];
	memcpy(network, text, strlen(text) + 1);
	char *comma = strchr(network, ',');
	if (comma != NULL) {
		*comma = '/';
	}
	return history_query_read(query, network) == NULL && query->question == HISTORY_ASK_NETWORK;
}

static bool read_raw_name(struct history_query *query, const char *text)
{
	uint8_t wire[DNS_NAME_MAX];
	char name[DNS_NAME_TEXT_MAX];
	size_t size = read_hex(text, wire, sizeof(wire));
	if (size == 0 || !dns_name_is_whole(wire, size)) {
		return false;
	}
	query->question = HISTORY_ASK_NAME;
	return dns_name_from_text(name, dns_name_text(wire, name), &query->name) == DNS_NAME_OK;
}

static bool read_raw_data(struct history_query *query, const char *text)
{
	query->question = HISTORY_ASK_DATA;
	query->data_size = read_hex(text, query->data, sizeof(query->data));
	return query->data_size > 0;
}

/* The forms of a lookup: what is searched in, how the value is written. */
static const struct form {
	const char *where, *how;
	enum history_key_kind kind;
	bool (*read)(struct history_query *query, const char *text);
} FORMS[] = {
	{ "rrset", "name", HISTORY_KEY_OWNER, read_name },
	{ "rrset", "raw", HISTORY_KEY_OWNER, read_raw_name },
	{ "rdata", "name", HISTORY_KEY_TARGET, read_name },
	{ "rdata", "ip", HISTORY_KEY_ADDRESS, read_address },
	{ "rdata", "raw", HISTORY_KEY_OWNER, read_raw_data },
};

static const struct form *find_form(const struct path *path)
{
	for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]) && path->count >= 3; i++) {
		if (strcmp(FORMS[i].where, path->parts[0]) == 0 &&
		    strcmp(FORMS[i].how, path->parts[1]) == 0) {
			return &FORMS[i];
		}
	}
	return NULL;
}

static unsigned read_lookup(struct console_request *request, struct path *path, const char **reason)
{
	const struct form *form = find_form(path);
	if (form == NULL || path->count > 5 ||
	    (path->count > 4 && strcmp(form->where, "rrset") != 0)) {
		*reason = "no such lookup: expected rrset/{name,raw}/... or "
		          "rdata/{name,ip,raw}/...";
		return NOT_FOUND;
	}
	request->page = CONSOLE_DNSDB;
	request->query.kind = form->kind;
	request->query.alone = true;
	request->rdata = strcmp(form->where, "rdata") == 0;
	if (!form->read(&request->query, path->parts[2])) {
		*reason = "the value is not a name, an address, a network or hexadecimal data";
		return BAD;
	}
	if (path->count > 3 && !read_types(&request->query, path->parts[3])) {
		*reason = "not a record type";
		return BAD;
	}
	struct history_query bailiwick;
	if (path->count > 4 &&
	    (!read_name(&bailiwick, path->parts[4]) || bailiwick.question != HISTORY_ASK_NAME)) {
		*reason = "the bailiwick is not a name";
		return BAD;
	}
	if (path->count > 4) {
		request->bailiwick = bailiwick.name;
	}
	return OK;
}

/* Splits at slashes before decoding, so that a slash in a value can be %2F. An empty part at the
 * end is left out. */
static bool split(struct path *path, const char *text, size_t size)
{
	path->count = 0;
	for (size_t at = 0; at < size;) {
		const char *slash = memchr(text + at, '/', size - at);
		size_t length = slash != NULL ? (size_t)(slash - text) - at : size - at;
		if (path->count == PARTS_MAX ||
		    console_decode(text + at, length, false, path->parts[path->count++],
		                   CONSOLE_TEXT_MAX) < 0) {
			return false;
		}
		at += length + 1;
	}
	return true;
}

static unsigned read_dnsdb(struct console_request *request, const char *text, size_t size,
                           const char **reason)
{
	static const char LOOKUP[] = "lookup/", SUMMARIZE[] = "summarize/";
	struct path path;
	if (!split(&path, text, size)) {
		*reason = "the path is not valid";
		return BAD;
	}
	if (path.count == 1 && strcmp(path.parts[0], "ping") == 0) {
		request->page = CONSOLE_DNSDB_PING;
		return OK;
	}
	if (path.count == 1 && strcmp(path.parts[0], "rate_limit") == 0) {
		request->page = CONSOLE_DNSDB_RATE;
		return OK;
	}
	request->summarize =
	        size > strlen(SUMMARIZE) && memcmp(text, SUMMARIZE, strlen(SUMMARIZE)) == 0;
	const char *verb = request->summarize ? SUMMARIZE : LOOKUP;
	if (size <= strlen(verb) || memcmp(text, verb, strlen(verb)) != 0 ||
	    !split(&path, text + strlen(verb), size - strlen(verb))) {
		*reason = "no such verb: expected lookup, summarize, ping or rate_limit";
		return NOT_FOUND;
	}
	return read_lookup(request, &path, reason);
}

/* Reads the query of CIRCL, which can also be a network: ADDRESS,BITS or ADDRESS/BITS. */
static unsigned read_circl(struct console_request *request, const char *text, size_t size,
                           const char **reason)
{
	request->page = CONSOLE_CIRCL;
	if (console_decode(text, size, false, request->text, sizeof(request->text)) < 0) {
		*reason = "the query is not valid";
		return BAD;
	}
	char *comma = strchr(request->text, ',');
	if (comma != NULL && read_address(&request->query, request->text)) {
		*comma = '/';
	}
	*reason = history_query_read(&request->query, request->text);
	return *reason == NULL ? OK : BAD;
}

static unsigned read_text(struct console_request *request, enum console_page page, const char *text,
                          size_t size, const char **reason)
{
	request->page = page;
	if (console_decode(text, size, false, request->text, sizeof(request->text)) < 0) {
		*reason = "the path is not valid";
		return BAD;
	}
	return OK;
}

static unsigned read_page(struct console_request *request, const char *path, size_t size,
                          const char *parameters, const char **reason)
{
	static const struct {
		const char *path;
		enum console_page page;
	} pages[] = {
		{ "/", CONSOLE_INCIDENTS },    { "/incidents", CONSOLE_INCIDENTS },
		{ "/lookup", CONSOLE_LOOKUP }, { "/login", CONSOLE_LOGIN },
		{ "/logout", CONSOLE_LOGOUT }, { "/lookup/rate_limit", CONSOLE_DNSDB_RATE },
	};
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strlen(pages[i].path) == size && memcmp(pages[i].path, path, size) == 0) {
			request->page = pages[i].page;
			request->still = is_given(parameters, "refresh");
			if (is_given(parameters, "q") &&
			    !console_parameter(parameters, "q", request->text,
			                       sizeof(request->text))) {
				*reason = "q is not valid";
				return BAD;
			}
			return OK;
		}
	}
	return NOT_FOUND;
}

static unsigned read_path(struct console_request *request, const char *path, size_t size,
                          const char **reason)
{
	static const struct {
		const char *prefix;
		enum { PATH_INCIDENT, PATH_CIRCL, PATH_DNSDB, PATH_LOOKUP } form;
	} prefixes[] = {
		{ "/incidents/", PATH_INCIDENT },
		{ "/pdns/query/", PATH_CIRCL },
		{ "/dnsdb/v2/", PATH_DNSDB },
		{ "/lookup/", PATH_LOOKUP },
	};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t length = strlen(prefixes[i].prefix);
		if (size <= length || memcmp(path, prefixes[i].prefix, length) != 0) {
			continue;
		}
		const char *rest = path + length;
		switch (prefixes[i].form) {
		case PATH_INCIDENT:
			return read_text(request, CONSOLE_INCIDENT, rest, size - length, reason);
		case PATH_CIRCL:
			return read_circl(request, rest, size - length, reason);
		case PATH_DNSDB:
			request->framed = true;
			return read_dnsdb(request, rest, size - length, reason);
		case PATH_LOOKUP:
			return read_dnsdb(request, path + 1, size - 1, reason);
		}
	}
	*reason = "there is no such page";
	return NOT_FOUND;
}

unsigned console_request_read(struct console_request *request, const char *target, uint64_t now_s,
                              const char **reason)
{
	size_t size = strcspn(target, "?");
	const char *parameters = target + size + (target[size] == '?');
	*request = (struct console_request){ .page = CONSOLE_INCIDENTS };
	if (strlen(target) > CONSOLE_TARGET_MAX) {
		*reason = "the address is too long";
		return TOO_LONG;
	}
	*reason = read_parameters(request, parameters, now_s);
	if (*reason != NULL) {
		return BAD;
	}
	unsigned status = read_page(request, target, size, parameters, reason);
	if (status == NOT_FOUND) {
		status = read_path(request, target, size, reason);
	}
	if (status == OK && request->offset > CONSOLE_OFFSET_MAX) {
		*reason = "the offset is too large";
		return TOO_FAR;
	}
	return status;
}
