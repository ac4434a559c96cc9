/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "history/folder.h"
#include "rules/language/indicator.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"
#include "sensor/commands/history/pin_lines.h"
#include "sensor/process/replay/replay.h"
#include "sensor/process/replay/scratch.h"

const struct command_help rules_pin_help = {
	.text = "Writes a rule file that expects what was seen of the domains and of the names "
	        "below them: name servers, exchangers, CNAME records, addresses, DS records, texts "
	        "such "
	        "as SPF, and the servers that took mail. It takes this from a history folder, or "
	        "from captures, which are read like those of nsmx replay. A word that is the path "
	        "of a file or folder is a capture; each other word is a domain.\n\n"
	        "The file is for a person to read. The comments before each rule have the values, "
	        "each with its first and last sighting and their number. If an attacker was seen, "
	        "the attacker's values are among them: remove them, or take the values from a "
	        "time before, with --until. What changed while it was seen gets a comment and no "
	        "rule. There is no rule of more than 64 values.\n\n"
	        "If nothing was seen of a domain, this is reported and the exit status is 1.",
	.examples = { { "nsmx rules pin example.com --history /var/lib/nsmx/history > pins.rules",
	                "pins of what the sensor has seen" },
	              { "nsmx rules pin example.com before.pcap > pins.rules",
	                "pins of what a capture has" },
	              { "nsmx rules check pins.rules", "after they were edited" },
	              { "nsmx replay -r pins.rules after.pcap", "what has changed since" } },
};

struct work {
	struct options *options;
	struct dns_name *domains;
	char **captures; /* the operands that are captures */
	size_t domains_count, captures_count;
	struct scratch folder; /* the history of the captures */
	struct pin_book book;
};

/* Operands */

static bool read_domain(struct work *work, const char *word)
{
	struct indicator indicator;
	char why[INDICATOR_WHY_SIZE];
	if (indicator_parse(word, &indicator, why) != 0) {
		log_error("rules pin: `%s` is neither a file nor a domain: %s", word, why);
		return false;
	}
	if (indicator.form != FORM_NAME || indicator.reach != REACH_EXACT) {
		log_error("rules pin: `%s` is neither a file nor a domain: write the domain itself "
		          "without star or dot in front",
		          word);
		return false;
	}
	struct dns_name *domain = &work->domains[work->domains_count++];
	domain->size = (uint8_t)indicator.name_size;
	memcpy(domain->wire, indicator.name, indicator.name_size);
	return true;
}

static bool read_operands(struct work *work)
{
	const struct options_operands *operands = &work->options->operands;
	struct stat status;
	for (size_t i = 0; i < operands->count; i++) {
		char *word = operands->items[i];
		if (strcmp(word, "-") == 0 || stat(word, &status) == 0) {
			work->captures[work->captures_count++] = word;
		} else if (!read_domain(work, word)) {
			return false;
		}
	}
	if (work->domains_count == 0) {
		log_error("rules pin: no domain is given; see nsmx help rules pin");
	} else if (work->captures_count == 0 && work->options->history == NULL) {
		log_error("rules pin: add captures, or --history DIR");
	} else if (work->captures_count > 0 && work->options->history != NULL) {
		log_error("rules pin: `%s` is a file: use either captures or --history",
		          work->captures[0]);
	}
	return work->domains_count > 0 &&
	       (work->captures_count > 0) != (work->options->history != NULL);
}

/* Captures are replayed into a history of their own. */
static int replay_captures(struct work *work)
{
	static char history[] = "--history", keep[] = "--history-keep", for_ever[] = "forever",
	            rules[] = "-r", none[] = "/dev/null", output[] = "-o", nowhere[] = "null";
	char *words[] = {
		history, work->folder.path, keep, for_ever, rules, none, output, nowhere
	};
	const struct options_operands captures = { work->captures, work->captures_count };
	const struct scratch_members members = { .since_ns = work->options->since_ns,
		                                 .until_ns = work->options->until_ns };
	return scratch_run("rules pin", COMMAND_REPLAY, replay_run, words,
	                   sizeof(words) / sizeof(words[0]), &captures, &members);
}

/* Output */

static bool is_below(const char *name, const char *domain)
{
	size_t size = strlen(name);
	size_t of_domain = strlen(domain);
	return size >= of_domain && strcmp(name + size - of_domain, domain) == 0 &&
	       (size == of_domain || name[size - of_domain - 1] == '.');
}

/* \return False if there is a domain of which nothing was seen. */
static bool report_unseen(const struct work *work)
{
	bool all = true;
	for (size_t i = 0; i < work->domains_count; i++) {
		char domain[DNS_NAME_MAX + 1];
		bool seen = false;
		(void)dns_name_to_host(work->domains[i].wire, work->domains[i].size, domain);
		for (uint32_t owner = 0; owner < work->book.own_owners && !seen; owner++) {
			seen = is_below(pin_book_owner(&work->book, owner), domain);
		}
		if (!seen) {
			log_warn("nothing was seen of %s", domain);
		}
		all = all && seen;
	}
	return all;
}

static bool write_rules(const struct work *work)
{
	const char *source = work->options->history;
	printf("# Pins of what was seen in %s. Check them before you use them: if an\n"
	       "# attacker was seen, these pins expect the attacker's values, too.\n"
	       "# Columns: first seen, last seen, number of sightings, value.\n",
	       source != NULL ? source : "captures");
	size_t rules = pin_lines_write(&work->book, stdout);
	bool good = fflush(stdout) == 0 && ferror(stdout) == 0;
	if (!good) {
		log_error("standard output cannot be written");
	} else {
		log_info("%zu rules", rules);
	}
	if (work->book.unwritable > 0) {
		log_warn("%" PRIu64 " rows have a name or a text that no rule can have",
		         work->book.unwritable);
	}
	if (work->book.full) {
		log_error("there are more than %d values: name fewer domains", PIN_BOOK_ITEMS_MAX);
	}
	return report_unseen(work) && good && !work->book.full;
}

static int read_history(struct work *work, const char *folder)
{
	struct history_reading reading;
	const struct options *options = work->options;
	uint64_t since_s = (uint64_t)(options->since_ns > 0 ? options->since_ns / NS_PER_S : 0);
	uint64_t until_s =
	        options->until_ns > 0 ? (uint64_t)(options->until_ns / NS_PER_S) : UINT64_MAX;
	int ret = history_reading_open(&reading, folder, history_report_damage, work->options);
	if (ret == 0) {
		ret = pin_book_read(&work->book, work->domains, work->domains_count, &reading,
		                    since_s, until_s);
		history_reading_close(&reading);
	}
	if (ret != 0) {
		history_report_failure(folder, ret);
	}
	return ret == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int pin(struct work *work)
{
	const char *folder = work->options->history;
	int status = EXIT_DONE;
	if (folder == NULL) {
		if (!scratch_make(&work->folder, "nsmx-pin")) {
			return EXIT_FAILED;
		}
		folder = work->folder.path;
		status = replay_captures(work);
	}
	/* The readable part of a damaged capture is used. */
	if (status == EXIT_DONE || status == EXIT_FAILED) {
		int ret = read_history(work, folder);
		status = ret != EXIT_DONE ? ret : status;
		status = ret == EXIT_DONE && !write_rules(work) ? EXIT_FAILED : status;
	}
	scratch_remove(&work->folder);
	return status;
}

int cmd_rules_pin(struct options *options)
{
	struct work work = { .options = options };
	size_t count = options->operands.count;
	int status = EXIT_FAILED;
	work.domains = calloc(count + 1, sizeof(*work.domains));
	work.captures = calloc(count + 1, sizeof(*work.captures));
	if (work.domains == NULL || work.captures == NULL) {
		log_error("out of memory");
	} else {
		status = read_operands(&work) ? pin(&work) : EXIT_USAGE;
	}
	pin_book_free(&work.book);
	free(work.domains);
	free(work.captures);
	return status;
}
