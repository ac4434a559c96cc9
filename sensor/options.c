/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/deliver/redis_url.h"

#define CONFIG_DEFAULT "/etc/nsmx/nsmx.conf"

#define BOTH (COMMAND_REPLAY | COMMAND_RUN)

struct options_text {
	struct options_text *next;
	char text[];
};

/* A copy that lives as long as the options: arguments lose their passwords, and
 * lines of a file their buffer. */
static char *keep(struct options *options, const char *value)
{
	size_t size = strlen(value) + 1;
	struct options_text *kept = malloc(sizeof(*kept) + size);
	if (kept == NULL) {
		return NULL;
	}
	memcpy(kept->text, value, size);
	kept->next = options->texts;
	options->texts = kept;
	return kept->text;
}

void options_free(struct options *options)
{
	while (options->texts != NULL) {
		struct options_text *kept = options->texts;
		options->texts = kept->next;
		free(kept);
	}
}

/* Setters: they read one value, or say why they cannot. */

struct row;

typedef bool (*setter)(struct options *options, const struct row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX]);

struct row {
	const char *name;
	char letter; /* 0: none */
	int commands;
	const char *argument;
	const char *help;
	setter set;
	size_t offset; /* of the member that a general setter fills in */
	uint32_t low, high;
};

static bool set_text(struct options *options, const struct row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	const char *text = keep(options, value);
	if (text == NULL) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s: out of memory", row->name);
		return false;
	}
	*(const char **)((char *)options + row->offset) = text;
	return true;
}

static bool set_number(struct options *options, const struct row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX])
{
	char *end = NULL;
	errno = 0;
	unsigned long number = isdigit((unsigned char)value[0]) ? strtoul(value, &end, 10) : 0;
	if (end == NULL || *end != '\0' || errno != 0 || number < row->low || number > row->high) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a number from %u to %u", row->name, value,
		               row->low, row->high);
		return false;
	}
	*(uint32_t *)((char *)options + row->offset) = (uint32_t)number;
	return true;
}

static bool add_item(struct options_list *list, const struct row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	if (value == NULL || value[0] == '\0' || list->count == OPTIONS_LIST_MAX) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s: %s", row->name,
		               value == NULL      ? "out of memory"
		               : value[0] == '\0' ? "an empty value"
		                                  : "given too many times");
		return false;
	}
	list->items[list->count++] = value;
	return true;
}

static bool add_text(struct options *options, const struct row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	struct options_list *list = (struct options_list *)((char *)options + row->offset);
	return add_item(list, row, keep(options, value), error);
}

static bool add_interfaces(struct options *options, const struct row *row, const char *value,
                           char error[OPTIONS_ERROR_MAX])
{
	char *rest = keep(options, value);
	if (rest == NULL) {
		return add_item(&options->interfaces, row, NULL, error);
	}
	for (char *name; (name = strsep(&rest, ",")) != NULL;) {
		if (!add_item(&options->interfaces, row, name, error)) {
			return false;
		}
	}
	return true;
}

static bool set_log(struct options *options, const struct row *row, const char *value,
                    char error[OPTIONS_ERROR_MAX])
{
	const char *rest = value;
	do {
		size_t size = strcspn(rest, ",");
		bool all = size == 3 && strncmp(rest, "all", 3) == 0;
		bool dns = all || (size == 3 && strncmp(rest, "dns", 3) == 0);
		bool smtp = all || (size == 4 && strncmp(rest, "smtp", 4) == 0);
		if (!dns && !smtp) {
			(void)snprintf(error, OPTIONS_ERROR_MAX,
			               "--%s '%.100s': expected dns, smtp or all", row->name,
			               value);
			return false;
		}
		options->log_dns = options->log_dns || dns;
		options->log_smtp = options->log_smtp || smtp;
		rest += size;
	} while (*rest++ != '\0');
	return true;
}

static bool set_ports(struct options *options, const struct row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	char reason[256];
	if (!ports_parse(&options->ports, value, reason, sizeof(reason))) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s %s", row->name, reason);
		return false;
	}
	return true;
}

static bool set_progress(struct options *options, const struct row *row, const char *value,
                         char error[OPTIONS_ERROR_MAX])
{
	static const char *const words[] = { "auto", "always", "never" };
	for (int i = 0; i < 3; i++) {
		if (strcmp(value, words[i]) == 0) {
			options->progress = (enum options_progress)i;
			return true;
		}
	}
	(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s '%.100s': expected auto, always or never",
	               row->name, value);
	return false;
}

static bool set_size(struct options *options, const struct row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	static const char units[] = "KMGT";
	char *end = NULL;
	errno = 0;
	uint64_t size = isdigit((unsigned char)value[0]) ? strtoull(value, &end, 10) : 0;
	const char *unit = end != NULL && *end != '\0' ? strchr(units, toupper(*end)) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	bool whole = end != NULL && end[unit != NULL] == '\0';
	if (!whole || errno != 0 || size > UINT64_MAX >> shift ||
	    size << shift < JOURNAL_BYTES_MIN) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a size such as 64M or 1G, at least 512K",
		               row->name, value);
		return false;
	}
	*(uint64_t *)((char *)options + row->offset) = size << shift;
	return true;
}

static bool set_ratio(struct options *options, const struct row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	char *end = NULL;
	double ratio = isdigit((unsigned char)value[0]) ? strtod(value, &end) : -1;
	if (end == NULL || *end != '\0' || !(ratio >= 0 && ratio <= 1)) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a number from 0 to 1, such as 0.5",
		               row->name, value);
		return false;
	}
	options->min_ratio = ratio;
	return true;
}

static bool set_sync(struct options *options, const struct row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	static const char *const words[] = {
		[JOURNAL_SYNC_NONE] = "none",
		[JOURNAL_SYNC_INTERVAL] = "interval",
		[JOURNAL_SYNC_ALWAYS] = "always",
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			options->journal_sync = (enum journal_sync)i;
			return true;
		}
	}
	(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s '%.100s': expected none, interval or always",
	               row->name, value);
	return false;
}

#define AT(member) offsetof(struct options, member)

/* clang-format off */
static const struct row ROWS[] = {
	{ "interface", 'i', COMMAND_RUN, "IFACE", "capture on IFACE[,IFACE...]; repeatable",
	  add_interfaces, 0, 0, 0 },
	{ "rules", 'r', BOTH, "PATH",
	  "a rule file, or a folder of *.rules; repeatable (default: the installed sets)",
	  add_text, AT(rules), 0, 0 },
	{ "output", 'o', BOTH, "TARGET",
	  "where events go; repeatable (default: text on a terminal, else -)",
	  add_text, AT(outputs), 0, 0 },
	{ "log", 0, BOTH, "KINDS",
	  "dns, smtp or all: besides hits, an event for every DNS response, every mail",
	  set_log, 0, 0, 0 },
	{ "ports", 0, BOTH, "SPEC", "watched ports (default: " PORTS_DEFAULT ")",
	  set_ports, 0, 0, 0 },
	{ "filter", 0, BOTH, "EXPR", "a libpcap filter: other packets are not looked at",
	  set_text, AT(filter), 0, 0 },
	{ "dedup", 0, BOTH, "MS",
	  "ignore a DNS message or TCP segment that comes again within MS (default: 0 for replay, 100 for run)",
	  set_number, AT(dedup_ms), 0, 60000 },
	{ "suppress", 0, BOTH, "SEC",
	  "after a hit, count equal ones for SEC and tell them once (default: 0 for replay, 60 for run)",
	  set_number, AT(suppress_s), 0, 86400 },
	{ "watch", 0, BOTH, "SEC",
	  "how long at least the addresses of a hit DNS answer stay watched (default: 3600)",
	  set_number, AT(watch_s), 0, 31536000 },
	{ "sensor", 0, BOTH, "NAME", "name in events and Redis keys (default: the host name)",
	  set_text, AT(sensor), 0, 0 },
	{ "state", 0, BOTH, "DIR",
	  "the journal of events not yet delivered (default: /var/lib/nsmx for run)",
	  set_text, AT(state), 0, 0 },
	{ "journal-max", 0, BOTH, "SIZE",
	  "how large the journal may get, such as 64M; what comes then is dropped by run, waited for by replay (default: 1G)",
	  set_size, AT(journal_max), 0, 0 },
	{ "journal-sync", 0, BOTH, "WHEN",
	  "none, interval (1 s) or always: when events are on the disk, in case the power fails (default: none)",
	  set_sync, 0, 0, 0 },
	{ "summary", 0, BOTH, "FILE", "at the end, the counters as one JSON object",
	  set_text, AT(summary), 0, 0 },
	{ "progress", 0, COMMAND_REPLAY, "WHEN",
	  "auto, always or never: progress on standard error (default: auto)",
	  set_progress, 0, 0, 0 },
	{ "stats", 0, BOTH, "SEC", "counters on standard error every SEC seconds",
	  set_number, AT(stats_s), 1, 86400 },
	{ "min-ratio", 0, COMMAND_RUN, "RATIO",
	  "a reload that leaves a rule file less than this share of its indicators is refused (default: 0.5)",
	  set_ratio, AT(min_ratio), 0, 0 },
	{ "user", 0, COMMAND_RUN, "NAME",
	  "the user to become once capture is open (default: nsmx, else nobody)",
	  set_text, AT(user), 0, 0 },
	{ "config", 0, COMMAND_RUN, "FILE",
	  "these options as `name = value` lines (default: " CONFIG_DEFAULT ", if there)",
	  set_text, AT(config), 0, 0 },
};
/* clang-format on */

#define ROWS_COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

static const struct row *find_name(enum options_command command, const char *name, size_t size)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if ((ROWS[i].commands & (int)command) != 0 && strlen(ROWS[i].name) == size &&
		    strncmp(ROWS[i].name, name, size) == 0) {
			return &ROWS[i];
		}
	}
	return NULL;
}

static const struct row *find_letter(enum options_command command, char letter)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if ((ROWS[i].commands & (int)command) != 0 && ROWS[i].letter == letter) {
			return &ROWS[i];
		}
	}
	return NULL;
}

void options_help(enum options_command command)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		const struct row *row = &ROWS[i];
		char left[64];
		if ((row->commands & (int)command) == 0) {
			continue;
		}
		if (row->letter != 0) {
			(void)snprintf(left, sizeof(left), "-%c, --%s %s", row->letter, row->name,
			               row->argument);
		} else {
			(void)snprintf(left, sizeof(left), "    --%s %s", row->name, row->argument);
		}
		printf("  %-24s %s\n", left, row->help);
	}
}

/* The configuration file */

struct config_reader {
	struct options *options;
	char *error;
	bool failed;
};

static int read_config_line(void *ctx, const char *section, const char *name, const char *value)
{
	struct config_reader *reader = ctx;
	const struct row *row = find_name(COMMAND_RUN, name, strlen(name));
	if (section[0] != '\0' || row == NULL || row->offset == AT(config)) {
		(void)snprintf(reader->error, OPTIONS_ERROR_MAX, "'%.100s' is not an option",
		               section[0] != '\0' ? section : name);
		reader->failed = true;
		return 0;
	}
	if (!row->set(reader->options, row, value, reader->error)) {
		reader->failed = true;
		return 0;
	}
	return 1;
}

static bool read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX])
{
	char reason[OPTIONS_ERROR_MAX] = "not 'name = value'";
	struct config_reader reader = { .options = options, .error = reason };
	int line = ini_parse(path, read_config_line, &reader);
	if (line < 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "%.200s: %s", path, strerror(errno));
	} else if (line > 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "%.200s:%d: %.250s", path, line, reason);
	}
	return line == 0;
}

/* The command line */

struct words {
	int argc;
	char **argv;
	int at;
};

/* Splits `--name=value`, `--name value`, `-nvalue` and `-n value`. */
static bool next_option(struct words *words, enum options_command command, const struct row **row,
                        char **value, char error[OPTIONS_ERROR_MAX])
{
	char *word = words->argv[words->at++];
	const char *name = word[1] == '-' ? word + 2 : word + 1;
	size_t size = strcspn(name, "=");
	if (word[1] == '-') {
		*row = find_name(command, name, size);
		*value = name[size] == '=' ? word + (name - word) + size + 1 : NULL;
	} else {
		*row = find_letter(command, word[1]);
		*value = word[2] != '\0' ? word + 2 : NULL;
	}
	if (*row == NULL) {
		/* Without its value: that may hold a password. */
		int known = word[1] == '-' ? (int)(name - word + (ptrdiff_t)size) : 2;
		(void)snprintf(error, OPTIONS_ERROR_MAX, "unknown option '%.*s'",
		               known < 100 ? known : 100, word);
		return false;
	}
	if (*value == NULL && words->at < words->argc) {
		*value = words->argv[words->at++];
	}
	if (*value == NULL) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "option '%.100s' needs a value: %s", word,
		               (*row)->argument);
		return false;
	}
	return true;
}

static bool read_words(struct options *options, enum options_command command, int argc, char **argv,
                       char error[OPTIONS_ERROR_MAX])
{
	struct words words = { .argc = argc, .argv = argv };
	bool files_only = false;
	options->files.items = argv;
	while (words.at < argc) {
		const struct row *row;
		char *word = argv[words.at];
		char *value;
		if (files_only || word[0] != '-' || word[1] == '\0') {
			/* Never before a word that is still to be read. */
			argv[options->files.count++] = word;
			words.at++;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			words.at++;
			files_only = true;
			continue;
		}
		if (!next_option(&words, command, &row, &value, error) ||
		    !row->set(options, row, value, error)) {
			return false;
		}
		if (row->offset == AT(outputs)) {
			redis_url_conceal(value);
		}
	}
	return true;
}

/* The file's place must be known before the rest, which overrides what it says. */
static const char *find_config(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--config=", 9) == 0) {
			return argv[i] + 9;
		}
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			return argv[i + 1];
		}
	}
	return NULL;
}

static const char *host_name(void)
{
	static char name[256] = "nsmx";
	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') {
		(void)snprintf(name, sizeof(name), "nsmx");
	}
	return name;
}

bool options_parse(struct options *options, enum options_command command, int argc, char **argv,
                   char error[OPTIONS_ERROR_MAX])
{
	bool live = command == COMMAND_RUN;
	*options = (struct options){
		.sensor = host_name(),
		.dedup_ms = live ? 100 : 0,
		.suppress_s = live ? 60 : 0,
		.journal_max = JOURNAL_BYTES_DEFAULT,
		.watch_s = 3600,
		.min_ratio = 0.5,
	};
	if (!ports_parse(&options->ports, PORTS_DEFAULT, error, OPTIONS_ERROR_MAX)) {
		return false;
	}
	if (live) {
		const char *config = find_config(argc, argv);
		if (config == NULL && access(CONFIG_DEFAULT, F_OK) == 0) {
			config = CONFIG_DEFAULT;
		}
		if (config != NULL && !read_config(options, config, error)) {
			return false;
		}
	}
	return read_words(options, command, argc, argv, error);
}
