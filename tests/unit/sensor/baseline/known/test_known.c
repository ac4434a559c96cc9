/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/resource.h>

#include "sensor/baseline/known/known_private.h"

#define DOMAINS     1000000
#define MEMORY_MOST 300000000

struct name {
	struct dns_name name;
	size_t domain;
};

static struct name parse(const char *text, size_t domain)
{
	struct name name = { .domain = domain };
	assert_int_equal(dns_name_from_text(text, strlen(text), &name.name), DNS_NAME_OK);
	return name;
}

static known_id add(struct known *known, const char *text, size_t domain)
{
	const struct name name = parse(text, domain);
	known_id id = known_add_name(known, name.name.wire, name.name.size);
	known_set_domain(known, id, domain);
	return id;
}

static known_id find(struct known *known, const char *text)
{
	const struct name name = parse(text, 0);
	return known_find_name(known, name.name.wire, name.name.size);
}

static void set_up_table(struct known **known)
{
	*known = known_new();
	assert_non_null(*known);
	known_lock(*known);
}

static void tear_down_table(struct known *known)
{
	known_unlock(known);
	known_free(known);
}

/* Names with labels of all sizes are found, and written as they were. */
static void names(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	for (size_t size = 1; size <= DNS_LABEL_MAX; size++) {
		char text[DNS_LABEL_MAX + 32] = "";
		uint8_t wire[DNS_NAME_MAX];
		memset(text, 'a', size);
		memcpy(text + size, ".example.com", sizeof(".example.com"));
		const struct name name = parse(text, size + 1);
		assert_int_equal(find(known, text), 0);
		known_id id = add(known, text, size + 1);
		assert_int_not_equal(id, 0);
		assert_int_equal(find(known, text), id);
		assert_int_equal(add(known, text, size + 1), id);
		assert_int_equal(known_domain(known, id), find(known, "example.com"));
		assert_int_equal(known_wire(known, id, wire), name.name.size);
		assert_memory_equal(wire, name.name.wire, name.name.size);
	}
	assert_int_equal(known_domain(known, find(known, "com")), 0);
	assert_int_equal(known_wire(known, 0, (uint8_t[DNS_NAME_MAX]){ 0 }), 0);
	tear_down_table(known);
}

/* The domain of a name is found later than the name, or there is none. */
static void domains(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	const struct name host = parse("www.example.com", 0), suffix = parse("co.uk", 0);
	known_id id = known_add_name(known, host.name.wire, host.name.size);
	known_id domain = find(known, "example.com");
	assert_false(known_is_resolved(known, id));
	assert_int_equal(known_domain(known, id), 0);
	known_set_domain(known, id, 4);
	assert_true(known_is_resolved(known, id));
	assert_int_equal(known_domain(known, id), domain);
	assert_int_equal(known_domain(known, domain), domain);
	id = known_add_name(known, suffix.name.wire, suffix.name.size);
	known_set_domain(known, id, KNOWN_NO_DOMAIN);
	assert_true(known_is_resolved(known, id));
	assert_int_equal(known_domain(known, id), 0);
	known_set_domain(known, find(known, "www.example.com"), DNS_NAME_MAX); /* beyond the name */
	assert_int_equal(known_domain(known, find(known, "www.example.com")), domain);
	tear_down_table(known);
}

static void relatives(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	known_id host = add(known, "www.example.com", 4), domain = find(known, "example.com");
	assert_int_equal(known_parent(known, host), domain);
	assert_int_equal(known_parent(known, find(known, "com")), 0);
	const struct name deeper = parse("a.b.example.com", 0), other = parse("example.net", 0);
	assert_int_equal(known_find_above(known, deeper.name.wire, deeper.name.size), domain);
	assert_int_equal(known_find_above(known, other.name.wire, other.name.size), 0);
	assert_true(known_is_below(known, host, domain));
	assert_true(known_is_below(known, domain, domain));
	assert_false(known_is_below(known, domain, host));
	assert_false(known_is_below(known, add(known, "other.com", 0), domain));
	assert_true(known_is_used(known, domain));
	assert_false(known_is_used(known, host));
	assert_non_null(known_add(known, domain, KNOWN_NS, host));
	assert_true(known_is_used(known, host));
	tear_down_table(known);
}

/* The domains of names below one parent begin at the same label, or each is a domain. */
static void guesses(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool known;
		size_t domain;
	} tests[] = {
		{ "mail.example.com", true, 5 }, { "other.com", true, 0 },
		{ "www.other.com", false, 0 },   { "b.co.uk", true, 0 },
		{ "x.b.co.uk", false, 0 },       { "com", false, 0 },
		{ "a.net", false, 0 },
	};
	struct known *known;
	set_up_table(&known);
	(void)add(known, "example.com", 0);
	(void)add(known, "www.example.com", 4);
	(void)add(known, "a.co.uk", 0);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct name name = parse(tests[i].name, 0);
		size_t domain;
		bool guessed = known_guess_domain(known, name.name.wire, name.name.size, &domain);
		assert_int_equal(guessed, tests[i].known);
		assert_true(!guessed || domain == tests[i].domain);
	}
	tear_down_table(known);
}

/* A name has a bounded number of values of a kind; the one that was not seen for long goes. */
static void values(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	known_id owner = add(known, "example.com", 0);
	for (uint32_t i = 1; i <= KNOWN_VALUES_MAX + 3; i++) {
		struct known_value *value = known_add(known, owner, KNOWN_IPV4, i);
		assert_non_null(value);
		value->last = i;
		assert_ptr_equal(known_get(known, known_value_id(known, value), owner), value);
		assert_null(known_get(known, known_value_id(known, value), owner + 1));
	}
	assert_non_null(known_add(known, owner, KNOWN_DS, 7));
	for (uint32_t i = 1; i <= KNOWN_VALUES_MAX + 3; i++) {
		assert_int_equal(known_find(known, owner, KNOWN_IPV4, i) != NULL, i > 3);
	}
	assert_non_null(known_find(known, owner, KNOWN_DS, 7));
	assert_null(known_find(known, owner, KNOWN_IPV4, 7 + KNOWN_VALUES_MAX));
	tear_down_table(known);
}

static void networks(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	assert_false(known_network_is_shared(known, 5, 1));
	known_join_network(known, 5, 1);
	known_join_network(known, 5, 1);
	assert_false(known_network_is_shared(known, 5, 1));
	assert_true(known_network_is_shared(known, 5, 2));
	known_join_network(known, 5, 2);
	assert_true(known_network_is_shared(known, 5, 1));
	tear_down_table(known);
}

/* A network in which several domains had hits is like one that domains share. */
static void reported_networks(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	for (known_id domain = 1; domain <= KNOWN_REPORTED_LEAST; domain++) {
		assert_false(known_network_is_shared(known, 5, 1000));
		known_report_network(known, 5, domain);
		known_report_network(known, 5, domain); /* counts once */
	}
	assert_true(known_network_is_shared(known, 5, 1000));
	assert_true(known_network_is_shared(known, 5, 1));
	assert_false(known_network_is_shared(known, 6, 1000));
	tear_down_table(known);
}

static void add_domain(struct known *known, unsigned number)
{
	char text[64];
	(void)snprintf(text, sizeof(text), "domain%u.com", number);
	known_id owner = add(known, text, 0);
	for (unsigned i = 1; i <= 2; i++) {
		(void)snprintf(text, sizeof(text), "ns%u.provider%u.net", i, number % 5000);
		struct known_value *value = known_add(known, owner, KNOWN_NS, add(known, text, 4));
		assert_non_null(value);
		value->last = number;
	}
	(void)snprintf(text, sizeof(text), "mail.domain%u.com", number);
	assert_non_null(known_add(known, owner, KNOWN_MX, add(known, text, 5)));
	assert_non_null(known_add(known, owner, KNOWN_DS, number));
}

/* A million registrable domains, each with two servers, an exchanger of its own and a DS record. */
static void memory(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	for (unsigned i = 0; i < DOMAINS; i++) {
		add_domain(known, i);
	}
	assert_int_equal(known_evicted(known), 0);
	assert_true(known_memory(known) < MEMORY_MOST);
	assert_int_not_equal(find(known, "domain0.com"), 0);
	/* The table fills up: it does not grow further, and what was not used for long goes. */
	unsigned count = DOMAINS;
	while (known_evicted(known) < 1000 && count < 2 * DOMAINS) {
		add_domain(known, count++);
	}
	assert_true(known_evicted(known) > 0);
	assert_true(known_memory(known) < MEMORY_MOST);
	char text[64];
	(void)snprintf(text, sizeof(text), "domain%u.com", count - 1);
	known_id last = find(known, text);
	assert_int_not_equal(last, 0);
	assert_non_null(known_find(known, last, KNOWN_DS, count - 1));
	tear_down_table(known);
}

/* All units are in use: the search for room passes a name as often as its age, and no further. */
static void room(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	known_id domain = add(known, "a.com", 0);
	assert_non_null(known_add(known, domain, KNOWN_DS, 1));
	assert_int_equal(known_name_at(known, domain)->age, KNOWN_AGE_DOMAIN);
	known->shared->used = KNOWN_UNITS;
	known->shared->hand = domain;
	assert_int_not_equal(add(known, "b.com", 0), 0);
	assert_null(known_first(known, domain));
	assert_int_equal(known_evicted(known), 1);
	tear_down_table(known);
}

static void oldest(void **state)
{
	(void)state;
	struct known *known;
	set_up_table(&known);
	known_id used = add(known, "h.a.com", 2), unused = add(known, "g.a.com", 2);
	assert_non_null(known_add(known, used, KNOWN_IPV4, 1));
	assert_non_null(known_add(known, unused, KNOWN_IPV4, 1));
	known_name_at(known, used)->age = 1;
	known_name_at(known, unused)->age = 0;
	known->shared->used = KNOWN_UNITS;
	assert_int_not_equal(add(known, "i.a.com", 2), 0);
	assert_non_null(known_first(known, used));
	assert_int_equal(known_name_at(known, used)->age, 0);
	assert_null(known_first(known, unused));
	assert_int_equal(known_evicted(known), 1);
	tear_down_table(known);
}

static void without_memory(void **state)
{
	(void)state;
	struct rlimit before, now;
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	known_free(known_new()); /* what its first call allocates is there */
	struct rlimit none = { .rlim_cur = 1 << 20, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	assert_int_equal(getrlimit(RLIMIT_AS, &now), 0);
	struct known *known = known_new();
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	if (now.rlim_cur != none.rlim_cur) { /* qemu does not set it: it would be its own */
		known_free(known);
		print_message("no RLIMIT_AS\n");
		skip();
	}
	assert_null(known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(domains),
		cmocka_unit_test(relatives),
		cmocka_unit_test(guesses),
		cmocka_unit_test(values),
		cmocka_unit_test(networks),
		cmocka_unit_test(reported_networks),
		cmocka_unit_test(room),
		cmocka_unit_test(oldest),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
