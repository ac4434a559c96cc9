/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/secret_hash.h"
#include "rules/ruleset/image.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/rules/observe.h"

static const char RULES[] = "set feed=f1 sev=high\n"
                            "alert ns .bad.example x.example note=\"two words\"\n"
                            "alert ip 192.0.2.0/24 2001:db8::/32 id=nets tags=a,b\n"
                            "alert rcpt user@mail.example @all.example server=198.51.100.0/24\n"
                            "allow any .ok.bad.example\n"
                            "pin pinned.example ns ns1.example ns2.example max-ttl=300\n"
                            "pin pinned.example txt \"v=spf1 -all\"\n"
                            "pin pinned.example ds any\n"
                            "protect amazon.com awsdns-[00-63].org tld=strict id=guard\n"
                            "learn .mine.example ns,mx after=3d\n"
                            "learn * ip\n";

static const struct {
	const char *kind, *value;
} SEEN[] = {
	{ "ns", "ns.bad.example" },      { "ns", "ok.bad.example" },  { "mx", "x.example" },
	{ "ip", "192.0.2.77" },          { "ip", "2001:db8::1" },     { "ip", "192.0.3.1" },
	{ "rcpt", "user@mail.example" }, { "rcpt", "b@all.example" }, { "ns", "arnazon.com" },
	{ "ns", "awsdns-64.org" },       { "ns", "awsdns-61.org" },   { "name", "pinned.example" },
};

/* What a set is, as far as its users see it. The caller frees the text. */
static char *describe(const struct ruleset *set)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	assert_int_equal(ruleset_list(set, out), 0);
	for (size_t i = 0; i < sizeof(SEEN) / sizeof(SEEN[0]); i++) {
		struct sample sample;
		struct ruleset_hit hits[RULESET_HITS_MAX];
		observe(&sample, SEEN[i].kind, SEEN[i].value);
		observe_server(&sample, "198.51.100.7");
		size_t count = match_asked(set, &sample.seen, hits);
		for (size_t j = 0; j < count; j++) {
			static struct rule_scratch scratch;
			struct rule_view view;
			ruleset_describe(set, &hits[j], &scratch, &view);
			(void)fprintf(out, "%s: %s %d %s\n", SEEN[i].value, view.id, view.action,
			              view.text);
		}
	}
	(void)fprintf(out, "%u %u %u\n", ruleset_pinned(set), ruleset_learned(set),
	              ruleset_learned_of_names(set));
	(void)fclose(out);
	return text;
}

static int image_of(const struct ruleset *set)
{
	int fd = memfd_create("image", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ruleset_write(set, fd), 0);
	return fd;
}

static void write_octets(int fd, const uint8_t *octets, size_t size)
{
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(pwrite(fd, octets, size, 0), size);
}

static uint8_t *octets_of(int fd, size_t *size)
{
	*size = (size_t)lseek(fd, 0, SEEK_END);
	uint8_t *octets = malloc(*size);
	assert_int_equal(pread(fd, octets, *size, 0), *size);
	return octets;
}

/* Secrets are those of a process. */
static void become_another_process(void)
{
	for (size_t i = 0; i < SECRET_HASH_SIZE; i++) {
		secret_hash_secret[i] ^= 0x5a;
	}
	secret_hash_numbers[0] ^= 0x5a5a;
	secret_hash_numbers[1] ^= 0x5a5a;
}

static void the_same_set_in_another_process(void **state)
{
	static const char *const texts[] = { RULES, "", "alert ns only.example\n" };
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ruleset_stats stats;
		const char *why;
		struct ruleset *set = load_text(texts[i]);
		char *wanted = describe(set);
		int fd = image_of(set);
		ruleset_free(set);
		become_another_process();
		struct ruleset *mapped = ruleset_map(fd, NULL, &stats, &why);
		assert_non_null(mapped);
		char *found = describe(mapped);
		assert_string_equal(found, wanted);
		/* A mapped set can be written, too. */
		int again = image_of(mapped);
		ruleset_free(mapped);
		size_t size, other;
		uint8_t *octets = octets_of(fd, &size);
		uint8_t *copies = octets_of(again, &other);
		assert_int_equal(size, other);
		assert_memory_equal(octets, copies, size);
		free(octets);
		free(copies);
		free(found);
		free(wanted);
		(void)close(fd);
		(void)close(again);
	}
}

static void counts(void **state)
{
	(void)state;
	struct ruleset_stats stats;
	const char *why;
	struct ruleset *set = load_text(RULES);
	int fd = image_of(set);
	struct ruleset *mapped = ruleset_map(fd, set, &stats, &why);
	assert_non_null(mapped);
	assert_int_equal(stats.files, 1);
	assert_int_equal(stats.rules, 10);
	assert_int_equal(stats.indicators, 18);
	assert_int_equal(stats.errors, 0);
	ruleset_free(mapped);
	ruleset_free(set);
	(void)close(fd);
}

/* A file with the octets is refused for this reason. */
static void refuse(const struct ruleset *base, int fd, const uint8_t *octets, size_t size,
                   const char *wanted)
{
	struct ruleset_stats stats;
	const char *why = NULL;
	write_octets(fd, octets, size);
	assert_null(ruleset_map(fd, base, &stats, &why));
	assert_int_equal(stats.errors, 1);
	assert_non_null(why);
	if (wanted != NULL) {
		assert_string_equal(why, wanted);
	}
}

static void files_that_are_cut(void **state)
{
	(void)state;
	size_t size;
	struct ruleset *set = load_text(RULES);
	int fd = image_of(set);
	uint8_t *octets = octets_of(fd, &size);
	for (size_t cut = 1; cut < size; cut += cut < 300 ? 1 : 97) {
		refuse(set, fd, octets, cut,
		       cut < IMAGE_MAGIC_SIZE ? "the file has no compiled rules"
		                              : "the file is cut");
	}
	refuse(set, fd, octets, 0, "the file is empty");
	uint8_t *longer = calloc(1, size + 1);
	memcpy(longer, octets, size);
	refuse(set, fd, longer, size + 1, "octets follow the rules");
	free(longer);
	free(octets);
	ruleset_free(set);
	(void)close(fd);
}

static void octets_that_differ(void **state)
{
	(void)state;
	size_t size;
	struct ruleset *set = load_text(RULES);
	int fd = image_of(set);
	uint8_t *octets = octets_of(fd, &size);
	for (size_t at = 0; at < size; at += at < 4096 ? 1 : 7) {
		octets[at] ^= 0x10;
		refuse(set, fd, octets, size, NULL);
		octets[at] ^= 0x10;
	}
	struct image_header *header = (struct image_header *)(void *)octets;
	static const char other[] =
	        "another version of nsmx has compiled these rules; compile them again";
	header->version++;
	refuse(set, fd, octets, size, other);
	header->version--;
	header->byte_order = __builtin_bswap32(header->byte_order);
	refuse(set, fd, octets, size, other);
	header->byte_order = IMAGE_BYTE_ORDER;
	header->layout++;
	refuse(set, fd, octets, size, other);
	header->layout--;
	header->checksum++;
	refuse(set, fd, octets, size, "the file is damaged: its checksum is wrong");
	free(octets);
	ruleset_free(set);
	(void)close(fd);
}

/* Changes that have the right checksum: what is wrong inside is found. */

static struct ruleset *victim;

static void rule_line(struct ruleset *set)
{
	set->rules[1].line++;
}

static void rule_key(struct ruleset *set)
{
	set->rules[0].key = set->names.keys.count;
}

static void rule_form(struct ruleset *set)
{
	set->rules[0].form = FORM_COUNT;
}

static void rule_reach(struct ruleset *set)
{
	set->rules[0].reach = 0;
}

static void rule_kinds(struct ruleset *set)
{
	set->rules[0].kinds = ROLE_OWNER;
}

static void chain_circle(struct ruleset *set)
{
	set->rules[1].next = 1;
}

static void chain_end(struct ruleset *set)
{
	set->rules[0].next = set->rules_count;
}

static void line_first(struct ruleset *set)
{
	set->lines[1].first = set->rules_count;
}

static void line_attrs(struct ruleset *set)
{
	set->lines[0].attrs = set->attrs.count;
}

static void line_text(struct ruleset *set)
{
	set->lines[0].text = set->texts.count;
}

static void line_id(struct ruleset *set)
{
	set->lines[0].id = set->texts.count;
}

static void source_path(struct ruleset *set)
{
	set->sources[0].path = set->texts.count;
}

static void head(struct ruleset *set)
{
	set->heads[FORM_MAILBOX][0] = set->rules_count;
}

static void name_octets(struct ruleset *set)
{
	set->names.keys.bytes[0]++;
}

static void name_ends(struct ruleset *set)
{
	set->names.keys.ends[0] += 300;
}

static void name_slots(struct ruleset *set)
{
	for (uint32_t i = 0; i < set->names.keys.slots_count; i++) {
		set->names.keys.slots[i] = set->names.keys.count;
	}
}

static void no_free_slot(struct ruleset *set)
{
	memset(set->texts.tags, 1, set->texts.slots_count);
	memset(set->texts.slots, 0, set->texts.slots_count * sizeof(*set->texts.slots));
}

static void network_bits(struct ruleset *set)
{
	set->networks.keys.bytes[16] = 129;
}

static void network_lengths(struct ruleset *set)
{
	set->networks.lengths[0].bits[0] = 129;
}

static void network_lengths_count(struct ruleset *set)
{
	set->networks.lengths[1].count = 130;
}

static void mailbox_octets(struct ruleset *set)
{
	memset(set->mailboxes.keys.bytes, 'a', set->mailboxes.keys.ends[0]);
}

static void text_without_end(struct ruleset *set)
{
	set->texts.bytes[set->texts.ends[0] - 1] = 'x';
}

static struct attrs *attrs_of(struct ruleset *set)
{
	return (struct attrs *)(void *)set->attrs.bytes;
}

static void attrs_verb(struct ruleset *set)
{
	attrs_of(set)->verb = RULE_VERB_COUNT;
}

static void attrs_kind(struct ruleset *set)
{
	attrs_of(set)->kind = KIND_COUNT + 1;
}

static void attrs_severity(struct ruleset *set)
{
	attrs_of(set)->severity = SEVERITY_COUNT;
}

static void attrs_file(struct ruleset *set)
{
	attrs_of(set)->file = TEXT_NONE;
}

static void attrs_note(struct ruleset *set)
{
	attrs_of(set)->note = set->texts.count;
}

static void attrs_servers(struct ruleset *set)
{
	attrs_of(set)->servers = set->servers.count;
}

/* The last line has one rule, of a name. */
static void pin_without_expected(struct ruleset *set)
{
	struct attrs *attrs = &attrs_of(set)[set->lines[set->lines_count - 1].attrs];
	attrs->verb = RULE_PIN;
	attrs->kind = KIND_NS;
	set->rules[set->rules_count - 1].kinds = ROLE_OWNER;
}

static void server_size(struct ruleset *set)
{
	set->servers.ends[0]--;
}

static const struct {
	void (*change)(struct ruleset *set);
	const char *why;
} CHANGES[] = {
#define STRING "the file is damaged: a string of the rules is wrong"
#define RULE   "the file is damaged: a rule is wrong"
	{ rule_line, RULE },
	{ rule_key, RULE },
	{ rule_form, RULE },
	{ rule_reach, RULE },
	{ rule_kinds, RULE },
	{ chain_circle, RULE },
	{ chain_end, RULE },
	{ line_first, RULE },
	{ line_attrs, RULE },
	{ line_text, RULE },
	{ line_id, RULE },
	{ source_path, RULE },
	{ head, RULE },
	{ pin_without_expected, RULE },
	{ network_lengths, RULE },
	{ network_lengths_count, RULE },
	{ name_octets, STRING },
	{ name_ends, STRING },
	{ name_slots, STRING },
	{ no_free_slot, STRING },
	{ network_bits, STRING },
	{ mailbox_octets, STRING },
	{ text_without_end, STRING },
	{ attrs_verb, STRING },
	{ attrs_kind, STRING },
	{ attrs_severity, STRING },
	{ attrs_file, STRING },
	{ attrs_note, STRING },
	{ attrs_servers, STRING },
	{ server_size, NULL },
};

static void wrong_values(void **state)
{
	(void)state;
	struct ruleset *base = load_text(RULES);
	for (size_t i = 0; i < sizeof(CHANGES) / sizeof(CHANGES[0]); i++) {
		struct ruleset_stats stats;
		const char *why;
		victim = load_text(RULES);
		CHANGES[i].change(victim);
		int fd = image_of(victim);
		if (ruleset_map(fd, base, &stats, &why) != NULL) {
			fail_msg("change %zu was not found", i);
		}
		if (CHANGES[i].why != NULL) {
			assert_string_equal(why, CHANGES[i].why);
		}
		ruleset_free(victim);
		(void)close(fd);
	}
	ruleset_free(base);
}

/* Protected names have an index of their own. */
static void wrong_protected_names(void **state)
{
	(void)state;
	struct ruleset *base = load_text(RULES);
	const struct protected_index *good = lookalike_index_names(base->lookalikes);
	struct protected_entry entry[2];
	struct protected_index bad = *good;
	assert_null(image_check(base, good));
	assert_int_equal(good->count, 2);
	bad.entries = entry;
	for (int i = 0; i < 7; i++) {
		memcpy(entry, good->entries, sizeof(entry));
		uint8_t *const offsets[] = { &entry[0].split.below, &entry[0].split.domain,
			                     &entry[0].split.suffix };
		if (i < 3) {
			*offsets[i] += 1;
		} else if (i < 6) {
			*offsets[i - 3] = 255;
		} else {
			entry[1].name = base->names.keys.count;
		}
		assert_string_equal(image_check(base, &bad),
		                    "the file is damaged: a protected name is wrong");
	}
	bad = *good;
	bad.count = 1; /* the keys name a second one */
	assert_non_null(image_check(base, &bad));
	ruleset_free(base);
}

static void labels_of_families(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"awsdns-[00-63",   "awsdns-[00_63]", "awsdns-[-63].",
		"awsdns-[000-63]", "a[0-1][0-1]",    "a[0-1234567890]"
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct ruleset *set = load_text("protect awsdns-[0000-0063].org\n");
		size_t size;
		uint8_t *wire = (uint8_t *)(uintptr_t)intern_get(&set->names.keys, 0, &size);
		size_t label = strlen(wrong[i]);
		assert_true(1 + label + 5 <= size);
		/* The rest of the label is filled. */
		memset(wire + 1, 'x', wire[0]);
		memcpy(wire + 1, wrong[i], label);
		assert_non_null(image_check(set, lookalike_index_names(set->lookalikes)));
		ruleset_free(set);
	}
}

static void a_full_disk(void **state)
{
	(void)state;
	struct ruleset *set = load_text(RULES);
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	assert_int_equal(ruleset_write(set, fd), -1);
	assert_int_equal(errno, ENOSPC);
	(void)close(fd);
	ruleset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(files_that_are_cut),
		cmocka_unit_test(octets_that_differ),
		cmocka_unit_test(wrong_values),
		cmocka_unit_test(wrong_protected_names),
		cmocka_unit_test(labels_of_families),
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(the_same_set_in_another_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
