/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/time_ns.h"
#include "rules/keywords.h"
#include "rules/language/indicator.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/commands/command.h"
#include "sensor/process/rules_source.h"

/* The largest number of rules that are shown for a value. */
#define FOUND_MAX 128

const struct command_help rules_test_help = {
	.text = "VALUE is what could be seen: a name, an address, or a mailbox. It is compared "
	        "with all rules as each kind of observation that can have it, or as the kinds of "
	        "--what. Rules of all verbs are shown:\n\n"
	        "  hit       an alert, pin or protect rule would have a hit\n"
	        "  silenced  it would have one, but for the allow rule that is named\n"
	        "  allow     the value is allowed\n"
	        "  owner     the value is the OWNER of this pin or learn rule\n\n"
	        "A pin compares what its OWNER has, so give the owner with --owner. For texts, DS "
	        "records and TLS, --what is needed; VALUE is then the text, or none. With an "
	        "owner, an address is also seen as a server to which its mail goes (rcpt): so are "
	        "rules with `server=` tested, which match no VALUE alone.\n\n"
	        "Rules must be in force now; with --ignore-dates they match at any time. On a "
	        "terminal the answer is text, otherwise JSON, one object for each VALUE. The exit "
	        "status is 0 whether or not a rule matches.",
	.examples = { { "nsmx rules test ns-1515.awsdns-061.org", "with the installed rules" },
	              { "nsmx rules test -r my.rules --what ip,server 45.77.24.250",
	                "an address as data of a record, and as a mail server" },
	              { "nsmx rules test -r pins.rules --owner example.com --what ns "
	                "ns1.example.net",
	                "a name server of example.com, compared with pins" },
	              { "nsmx rules test -r pins.rules --owner example.com --what ds none",
	                "example.com without DS records" } },
};

/* A rule that a value matches, as any of several kinds. */
struct found {
	struct ruleset_hit hit;
	uint32_t rule;           /* its number */
	unsigned hits, silenced; /* kinds, as bits */
	bool allows, owned;
	struct ruleset_hit silencer; /* an `allow` that silences it */
};

struct test {
	const struct options *options;
	struct ruleset *set;
	const char *value;
	struct indicator indicator, owner;
	struct in6_addr addr;
	unsigned kinds;
	int64_t now_ns;
	bool json;
	struct found found[FOUND_MAX];
	size_t count;
	struct rule_scratch scratch;
	struct writer line;
};

/* Matching */

static struct found *find(struct test *test, const struct ruleset_hit *hit)
{
	uint32_t rule = ruleset_rule_number(hit->rule);
	for (size_t i = 0; i < test->count; i++) {
		if (test->found[i].rule == rule) {
			return &test->found[i];
		}
	}
	if (test->count == FOUND_MAX) {
		return NULL;
	}
	struct found *found = &test->found[test->count++];
	*found = (struct found){ .hit = *hit, .rule = rule };
	return found;
}

static void describe(struct test *test, const struct ruleset_hit *hit, struct rule_view *view)
{
	ruleset_describe(test->set, hit, &test->scratch, view);
}

static bool has_verb(struct test *test, const struct ruleset_hit *hit, enum rule_verb verb)
{
	struct rule_view view;
	describe(test, hit, &view);
	return view.verb == verb;
}

/* Returns the first `allow` of some hits; NULL if there is none. */
static const struct ruleset_hit *find_allow(struct test *test, const struct ruleset_hit *hits,
                                            size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (has_verb(test, &hits[i], RULE_ALLOW)) {
			return &hits[i];
		}
	}
	return NULL;
}

/* Hits of pins of mail are about the server, so an `allow` of the server silences them. */
static bool find_server_allow(struct test *test, const struct observation *seen,
                              struct ruleset_hit *allow)
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct observation server = *seen;
	if (seen->server == NULL || seen->kind == KIND_SERVER) {
		return false;
	}
	server.kind = KIND_SERVER;
	server.addr = seen->server;
	server.name = NULL;
	const struct ruleset_hit *found =
	        find_allow(test, hits, ruleset_explain(test->set, &server, hits));
	if (found != NULL) {
		*allow = *found;
	}
	return found != NULL;
}

static void note(struct test *test, const struct ruleset_hit *hit, unsigned kind,
                 const struct ruleset_hit *silencer)
{
	struct found *found = find(test, hit);
	if (found == NULL) {
		return;
	}
	found->allows = has_verb(test, hit, RULE_ALLOW);
	if (silencer == NULL || found->allows) {
		found->hits |= kind;
	} else {
		found->silenced |= kind;
		found->silencer = *silencer;
	}
}

/* Compares one observation with all rules. */
static void match(struct test *test, struct observation *seen)
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	unsigned kind = RULE_BIT(seen->kind);
	seen->time_ns = test->now_ns;
	seen->undated = test->options->ignore_dates;
	size_t count = ruleset_explain(test->set, seen, hits);
	const struct ruleset_hit *silencer = find_allow(test, hits, count);
	struct ruleset_hit of_server;
	bool server = find_server_allow(test, seen, &of_server);
	for (size_t i = 0; i < count; i++) {
		bool about_server = server && has_verb(test, &hits[i], RULE_PIN);
		note(test, &hits[i], kind, about_server ? &of_server : silencer);
	}
}

/* Returns the kinds that can have a value of a form. */
static unsigned kinds_of(const struct test *test, enum rule_form form)
{
	unsigned kinds = observation_kinds_of(KIND_ANY, form);
	if (test->options->owner != NULL && form == FORM_NETWORK) {
		kinds |= RULE_BIT(KIND_RCPT);
	}
	return test->options->kinds != 0 ? kinds & test->options->kinds : kinds;
}

static void set_owner(const struct test *test, struct observation *seen)
{
	if (test->options->owner != NULL) {
		seen->owner = test->owner.name;
		seen->owner_size = test->owner.name_size;
	}
}

/* A greeting is compared with pins at each mail, and with other rules when it is sent. */
static void match_kind(struct test *test, struct observation *seen)
{
	seen->owner = NULL;
	if (seen->kind == KIND_BANNER) {
		match(test, seen);
	}
	if (seen->kind == KIND_BANNER || (KINDS_DNS & RULE_BIT(seen->kind)) != 0) {
		set_owner(test, seen);
	}
	if (seen->kind != KIND_BANNER || seen->owner != NULL) {
		match(test, seen);
	}
}

static struct observation observation_of(struct test *test, enum observation_kind kind)
{
	struct observation seen = { .kind = kind };
	const struct indicator *value = &test->indicator;
	if (value->form == FORM_NETWORK) {
		memcpy(&test->addr, value->network.addr, sizeof(test->addr));
		seen.addr = kind != KIND_RCPT ? &test->addr : NULL;
		seen.server = (KINDS_SMTP & RULE_BIT(kind)) != 0 ? &test->addr : NULL;
	}
	if (value->form == FORM_NETWORK && kind == KIND_RCPT) {
		seen.name = test->owner.name;
		seen.name_size = test->owner.name_size;
	} else if (value->form != FORM_NETWORK) {
		seen.name = value->name;
		seen.name_size = value->name_size;
	}
	if (value->form == FORM_MAILBOX) {
		seen.local = value->local;
		seen.local_size = value->local_size;
	}
	return seen;
}

static void match_indicator(struct test *test)
{
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if ((test->kinds & RULE_BIT(kind)) != 0) {
			struct observation seen = observation_of(test, (enum observation_kind)kind);
			match_kind(test, &seen);
		}
	}
}

static void match_text(struct test *test)
{
	bool none = strcmp(test->value, "none") == 0;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct observation seen = { .kind = (enum observation_kind)kind,
			                    .text = none ? NULL : test->value,
			                    .text_size = none ? 0 : strlen(test->value) };
		set_owner(test, &seen);
		if ((test->kinds & RULE_BIT(kind)) != 0) {
			match(test, &seen);
		}
	}
}

/* Finds the pins and learn rules of which a name is the owner. */
static void match_owner(struct test *test)
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	const struct observation seen = { .owner = test->indicator.name,
		                          .owner_size = test->indicator.name_size,
		                          .time_ns = test->now_ns,
		                          .undated = test->options->ignore_dates };
	size_t count = ruleset_find_owned(test->set, &seen, hits);
	for (size_t i = 0; i < count; i++) {
		struct found *found = find(test, &hits[i]);
		if (found != NULL && found->hits == 0 && found->silenced == 0) {
			found->owned = true;
		}
	}
}

/* Sorts rules in the order of their definition. */
static int compare(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* Output */

static const char *result_of(const struct found *found)
{
	return found->owned       ? "owner"
	       : found->allows    ? "allow"
	       : found->hits != 0 ? "hit"
	                          : "silenced";
}

static void put_kinds(struct json *json, const char *key, unsigned kinds)
{
	if (kinds == 0) {
		return;
	}
	json_put_array(json, key);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if ((kinds & RULE_BIT(kind)) != 0) {
			json_put_string(json, NULL, KEYWORD_KINDS[kind]);
		}
	}
	json_end_array(json);
}

static void put_rule(struct test *test, struct json *json, const struct found *found)
{
	struct rule_view view;
	json_put_object(json, NULL);
	json_put_string(json, "result", result_of(found));
	put_kinds(json, "what", found->hits);
	put_kinds(json, "silenced_what", found->silenced);
	if (found->silenced != 0) {
		describe(test, &found->silencer, &view);
		json_put_string(json, "silenced_by", view.id);
	}
	describe(test, &found->hit, &view);
	json_put_string(json, "verb", KEYWORD_VERBS[view.verb]);
	json_put_string(json, "id", view.id);
	json_put_string(json, "rule", view.text);
	if (!found->owned) {
		json_put_string(json, "indicator", view.indicator);
	}
	if (view.verb != RULE_ALLOW) {
		json_put_number(json, "severity", rule_severity_number(view.severity));
	}
	json_put_optional(json, "feed", view.feed);
	json_put_optional(json, "ref", view.ref);
	json_put_optional(json, "note", view.note);
	json_end_object(json);
}

static bool print_json(struct test *test)
{
	struct json json = { .depth = 0 };
	bool hit = false;
	json_begin(&json);
	json_put_object(&json, NULL);
	json_put_string(&json, "value", test->value);
	json_put_optional(&json, "owner", test->options->owner);
	json_put_array(&json, "rules");
	for (size_t i = 0; i < test->count; i++) {
		const struct found *found = &test->found[i];
		put_rule(test, &json, found);
		hit = hit || (found->hits != 0 && !found->allows);
	}
	json_end_array(&json);
	json_put_bool(&json, "hit", hit);
	json_end_object(&json);
	const char *text = json_finish(&json);
	bool good = text != NULL;
	if (good) {
		puts(text);
	}
	json_free(&json);
	return good;
}

static void put_row(struct test *test, const struct found *found)
{
	struct rule_view view;
	char kinds[KEYWORD_LIST_SIZE] = "";
	struct writer *line = &test->line;
	keyword_list(KEYWORD_KINDS, found->hits | found->silenced, "and", kinds, sizeof(kinds));
	describe(test, &found->hit, &view);
	printf("  %-8s  %-8s  ", result_of(found),
	       view.verb == RULE_ALLOW ? "" : KEYWORD_SEVERITIES[view.severity]);
	writer_restart(line);
	printable_put(line, view.id, strlen(view.id));
	writer_literal(line, ": ");
	printable_put(line, view.text, strlen(view.text));
	if (kinds[0] != '\0') {
		writer_literal(line, " (as ");
		writer_string(line, kinds);
		writer_char(line, ')');
	}
	if (found->silenced != 0) {
		describe(test, &found->silencer, &view);
		writer_literal(line, ", silenced by ");
		printable_put(line, view.id, strlen(view.id));
	}
	writer_char(line, '\n');
	fwrite(line->start, 1, writer_size(line), stdout);
}

static bool print_text(struct test *test)
{
	struct writer *line = &test->line;
	writer_restart(line);
	printable_put(line, test->value, strlen(test->value));
	writer_char(line, '\n');
	fwrite(line->start, 1, writer_size(line), stdout);
	for (size_t i = 0; i < test->count; i++) {
		put_row(test, &test->found[i]);
	}
	if (test->count == 0) {
		puts("  no rule");
	}
	return !line->failed;
}

static int print(struct test *test)
{
	if (!(test->json ? print_json(test) : print_text(test))) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* Values */

static bool read_value(struct test *test)
{
	char why[INDICATOR_WHY_SIZE];
	const struct indicator *value = &test->indicator;
	if (indicator_parse(test->value, &test->indicator, why) != 0) {
		log_error("rules test: `%s`: %s", test->value, why);
		return false;
	}
	if ((value->form == FORM_NETWORK && value->network.bits != 128) ||
	    (value->form == FORM_NAME && value->reach != REACH_EXACT) ||
	    (value->form == FORM_MAILBOX && value->local_size == 0)) {
		log_error("rules test: `%s` stands for many values: give one name, address or "
		          "mailbox",
		          test->value);
		return false;
	}
	return true;
}

static bool is_text(const struct test *test)
{
	unsigned kinds = test->options->kinds;
	return kinds != 0 && (kinds & KINDS_OF_INDICATORS) == 0;
}

static bool test_value(struct test *test)
{
	test->count = 0;
	if (is_text(test)) {
		test->kinds = test->options->kinds;
		match_text(test);
	} else if (!read_value(test)) {
		return false;
	} else {
		test->kinds = kinds_of(test, test->indicator.form);
		match_indicator(test);
	}
	if (!is_text(test) && test->indicator.form == FORM_NAME) {
		match_owner(test);
	}
	if (!is_text(test) && test->kinds == 0) {
		log_error("rules test: no kind that --what names can have the value `%s`",
		          test->value);
		return false;
	}
	qsort(test->found, test->count, sizeof(test->found[0]), compare);
	return true;
}

static bool read_owner(struct test *test)
{
	char why[INDICATOR_WHY_SIZE] = "write one name";
	const char *owner = test->options->owner;
	if (owner != NULL && (indicator_parse(owner, &test->owner, why) != 0 ||
	                      test->owner.form != FORM_NAME || test->owner.reach != REACH_EXACT)) {
		log_error("rules test: --owner '%s': %s", owner, why);
		return false;
	}
	if (owner == NULL && is_text(test)) {
		log_error("rules test: add --owner NAME: these kinds are only for pins");
		return false;
	}
	return true;
}

static int test_all(struct test *test)
{
	const struct options_operands *values = &test->options->operands;
	int status = EXIT_DONE;
	for (size_t i = 0; i < values->count && status == EXIT_DONE; i++) {
		test->value = values->items[i];
		status = test_value(test) ? print(test) : EXIT_USAGE;
	}
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		log_error("standard output cannot be written");
		status = EXIT_FAILED;
	}
	return status;
}

int cmd_rules_test(struct options *options)
{
	static struct test test;
	struct ruleset_stats stats;
	test.options = options;
	test.now_ns = realtime_ns();
	test.json = options->json || isatty(STDOUT_FILENO) == 0;
	if (options->operands.count == 0) {
		log_error("rules test: no value is given; see nsmx help rules test");
		return EXIT_USAGE;
	}
	if (!read_owner(&test)) {
		return EXIT_USAGE;
	}
	test.set = rules_source_load(options, &stats);
	if (test.set == NULL) {
		return EXIT_USAGE;
	}
	writer_init_growing(&test.line, 4 * sizeof(test.scratch));
	int status = test_all(&test);
	writer_free(&test.line);
	ruleset_free(test.set);
	return status;
}
