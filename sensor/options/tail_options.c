/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/tail_options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/time_ns.h"
#include "rules/keywords.h"

#define TARGET_DEFAULT "redis://127.0.0.1"

static const struct option words[] = {
	{ "group", required_argument, NULL, 'g' },    { "consumer", required_argument, NULL, 'c' },
	{ "since", required_argument, NULL, 's' },    { "json", no_argument, NULL, 'j' },
	{ "severity", required_argument, NULL, 'l' }, { "what", required_argument, NULL, 'w' },
	{ "rule", required_argument, NULL, 'r' },     { NULL, 0, NULL, 0 },
};

/* "90s", "10m", "2h", "7d": so long before now. */
static bool parse_duration(const char *text, int64_t *since_ms)
{
	static const struct {
		char letter;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	if (!isdigit((unsigned char)text[0]) || strlen(text) > 8) {
		return false;
	}
	unsigned long number = strtoul(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (end[0] == units[i].letter && end[1] == '\0') {
			int64_t begin = time(NULL) - (int64_t)number * units[i].seconds;
			*since_ms = begin > 0 ? begin * 1000 : 0;
			return true;
		}
	}
	return false;
}

static bool parse_since(struct tail_options *options, const char *text, char error[TAIL_ERROR_MAX])
{
	int64_t time_ns = 0;
	options->from_now = false;
	if (strcmp(text, "0") == 0 || parse_duration(text, &options->since_ms)) {
		return true;
	}
	const char *wrong = date_parse(text, false, &time_ns);
	options->since_ms = time_ns / NS_PER_MS;
	if (wrong != NULL) {
		(void)snprintf(error, TAIL_ERROR_MAX,
		               "--since '%.100s': expected 0 (all), so long ago (90s, 10m, 2h, "
		               "7d), or a date: %.200s",
		               text, wrong);
	}
	return wrong == NULL;
}

static bool parse_severity(struct tail_options *options, const char *text,
                           char error[TAIL_ERROR_MAX])
{
	char all[KEYWORD_LIST_SIZE];
	int severity = keyword_find(KEYWORD_SEVERITIES, text);
	if (severity < 0) {
		keyword_list(KEYWORD_SEVERITIES, KEYWORD_ALL, "or", all, sizeof(all));
		(void)snprintf(error, TAIL_ERROR_MAX, "--severity '%.100s': expected %s", text,
		               all);
		return false;
	}
	options->severity = rule_severity_number((enum rule_severity)severity);
	return true;
}

static bool parse_kind(struct tail_options *options, const char *text, char error[TAIL_ERROR_MAX])
{
	for (const char *rest = text; rest != NULL;) {
		size_t size = strcspn(rest, ",");
		uint32_t bit = 0;
		for (int kind = 0; kind < KIND_COUNT; kind++) {
			const char *word = observation_kind_text((enum observation_kind)kind);
			if (strlen(word) == size && strncmp(word, rest, size) == 0) {
				bit = UINT32_C(1) << kind;
			}
		}
		if (bit == 0) {
			char all[KEYWORD_LIST_SIZE];
			keyword_list(KEYWORD_KINDS, KINDS_ALL, "or", all, sizeof(all));
			(void)snprintf(error, TAIL_ERROR_MAX, "--what '%.100s': expected %s", text,
			               all);
			return false;
		}
		options->kinds |= bit;
		rest = rest[size] == ',' ? rest + size + 1 : NULL;
	}
	return true;
}

static bool take(struct tail_options *options, int letter, char error[TAIL_ERROR_MAX])
{
	switch (letter) {
	case 'g':
		options->group = optarg;
		return true;
	case 'c':
		options->consumer = optarg;
		return true;
	case 's':
		return parse_since(options, optarg, error);
	case 'j':
		options->json = true;
		return true;
	case 'l':
		return parse_severity(options, optarg, error);
	case 'w':
		return parse_kind(options, optarg, error);
	case 'r':
		options->rule = optarg;
		return true;
	default:
		return false;
	}
}

static bool parse_target(struct tail_options *options, int argc, char **argv,
                         char error[TAIL_ERROR_MAX])
{
	char usual[] = TARGET_DEFAULT;
	char *target = optind < argc ? argv[optind] : usual;
	if (optind + 1 < argc) {
		(void)snprintf(error, TAIL_ERROR_MAX, "more than one Redis");
		return false;
	}
	if (redis_url_parse(&options->url, target, error, TAIL_ERROR_MAX) != 0) {
		return false;
	}
	redis_url_conceal(target);
	if (options->url.form != REDIS_URL_STREAM) {
		(void)snprintf(error, TAIL_ERROR_MAX, "only a stream can be followed, no as=");
		return false;
	}
	if (options->group != NULL && options->group[0] == '\0') {
		(void)snprintf(error, TAIL_ERROR_MAX, "--group: an empty name");
		return false;
	}
	return true;
}

static const char *host_name(void)
{
	static char name[256] = "nsmx";
	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') {
		(void)snprintf(name, sizeof(name), "nsmx");
	}
	return name;
}

/* getopt_long() takes the first word for the program's name. */
bool tail_options_parse(struct tail_options *options, int argc, char **argv,
                        char error[TAIL_ERROR_MAX])
{
	*options = (struct tail_options){ .consumer = host_name(), .from_now = true };
	error[0] = '\0';
	opterr = 0;
	optind = 0; /* glibc: from the beginning, whatever was parsed before */
	for (int letter; (letter = getopt_long(argc + 1, argv - 1, "g:r:", words, NULL)) != -1;) {
		if (take(options, letter, error)) {
			continue;
		}
		if (error[0] == '\0') {
			(void)snprintf(error, TAIL_ERROR_MAX,
			               "'%.100s': no such option, or without its value",
			               (argv - 1)[optind - 1]);
		}
		return false;
	}
	return parse_target(options, argc + 1, argv - 1, error);
}
