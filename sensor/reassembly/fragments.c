/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/fragments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/queue.h>

#include "base/address.h"
#include "base/packet_clock.h"
#include "base/secret_hash.h"
#include "sensor/reassembly/fragment_copies.h"
#include "sensor/reassembly/islands.h"
#include "sensor/reassembly/nids.h"

#define BUCKETS 4096
/* libnids reads 8 bytes of the first fragment that it is given, of any length. */
#define TINY 8
/* Memory of libnids and malloc for a datagram, and for each of its fragments; their octets are in
 * libnids and in the copies. */
#define DATAGRAM_OVERHEAD 256
#define PIECE_OVERHEAD    400
/* The share of the memory budget. */
#define SHARE ((size_t)16 << 20)

struct datagram {
	TAILQ_ENTRY(datagram) by_age;
	struct datagram *next_in_bucket; /* The older datagrams of the bucket. */
	struct flow_key key;             /* Its ports are unused. */
	struct encapsulation encapsulation;
	uint32_t id, number, total; /* `total` is 0 until the last fragment is seen. */
	uint8_t pieces, fed;        /* Number of fragments, and of those that libnids was given. */
	int64_t born_ns;
	int64_t time_ns; /* Packet time of the latest fragment. */
	size_t bucket, bytes;
	struct fragment_copies copies;
	/* Fragments overlap with different octets, and libnids no longer has the datagram. */
	bool overlaps;
	bool given[FRAGMENT_READINGS];    /* If `overlaps`: the reading was delivered. */
	uint32_t ends[FRAGMENT_READINGS]; /* If `overlaps`: its size; 0: not known yet. */
	uint8_t tail[TINY], tail_size;    /* The octets of a tiny last fragment that came first. */
	struct islands known;
};

_Static_assert(ISLANDS_MAX == LIBNIDS_FRAGMENTS_MAX / 2, "no datagram needs more ranges");

TAILQ_HEAD(datagrams_head, datagram);

struct fragments {
	struct fragments_limits limits;
	struct fragments_stats stats;
	fragments_deliver *deliver;
	void *ctx;
	struct packet_clock clock;
	struct memory_share memory;
	struct datagrams_head by_age;
	struct datagrams_head given_up; /* Their beginnings are not delivered yet. */
	bool delivering;                /* Those are being delivered. */
	struct datagram *buckets[BUCKETS];
	uint32_t number;
	uint8_t *made; /* The datagram that libnids has just completed. */
	size_t made_size;
};

static void take_whole(void *user, const uint8_t *payload, size_t size)
{
	struct fragments *f = user;
	f->made = malloc(size > 0 ? size : 1);
	if (f->made == NULL) {
		f->stats.no_memory++;
		return;
	}
	memcpy(f->made, payload, size);
	f->made_size = size;
}

static struct fragments_limits complete(const struct fragments_limits *given)
{
	struct fragments_limits l = given != NULL ? *given : (struct fragments_limits){ 0 };
	l.datagrams_max = l.datagrams_max != 0 ? l.datagrams_max : 16384;
	l.host_max = l.host_max != 0 ? l.host_max : 128;
	l.bytes_max = l.bytes_max != 0 ? l.bytes_max : 32 << 20;
	l.life_ns = l.life_ns > 0 ? l.life_ns : 30000000000LL;
	return l;
}

static size_t memory_of(const struct datagram *d)
{
	return sizeof(*d) + DATAGRAM_OVERHEAD + 2 * d->bytes + (size_t)d->pieces * PIECE_OVERHEAD;
}

static void free_datagram(struct datagram *d)
{
	fragment_copies_clear(&d->copies);
	free(d);
}

/* Takes the datagram out of the table and out of libnids. */
static void detach(struct fragments *f, struct datagram *d, bool inside_libnids)
{
	struct datagram **link = &f->buckets[d->bucket];
	while (*link != d) {
		link = &(*link)->next_in_bucket;
	}
	*link = d->next_in_bucket;
	TAILQ_REMOVE(&f->by_age, d, by_age);
	f->stats.bytes -= d->bytes;
	memory_budget_give(&f->memory, memory_of(d));
	f->stats.open--;
	if (inside_libnids && d->fed > 0 && !d->overlaps) {
		libnids_fragment_forget(d->number);
	}
}

static void forget(struct fragments *f, struct datagram *d, bool inside_libnids)
{
	detach(f, d, inside_libnids);
	free_datagram(d);
}

/* Its beginning is delivered once the table is consistent: the callback may add fragments. */
static void give_up(struct fragments *f, struct datagram *d)
{
	detach(f, d, true);
	if (islands_prefix(&d->known) > 0) {
		TAILQ_INSERT_TAIL(&f->given_up, d, by_age);
	} else {
		free_datagram(d);
	}
}

static void evict(struct fragments *f, struct datagram *d)
{
	f->stats.evicted++;
	give_up(f, d);
}

/* Octets of a reading that are known without a hole from the first one on. */
static size_t known_size(const struct datagram *d, enum fragment_reading reading)
{
	size_t size = islands_prefix(&d->known);
	return d->ends[reading] != 0 ? MIN(d->ends[reading], size) : size;
}

struct readings {
	uint8_t *made[FRAGMENT_READINGS]; /* NULL: not to be delivered. */
	size_t size[FRAGMENT_READINGS];
};

static uint8_t *read_copies(struct fragments *f, const struct datagram *d,
                            enum fragment_reading reading, size_t size)
{
	uint8_t *made = malloc(size);
	if (made == NULL) {
		f->stats.no_memory++;
		return NULL;
	}
	fragment_copies_read(&d->copies, reading, made, size);
	return made;
}

static bool are_equal(const struct readings *readings)
{
	return readings->made[0] != NULL && readings->made[1] != NULL &&
	       readings->size[0] == readings->size[1] &&
	       memcmp(readings->made[0], readings->made[1], readings->size[0]) == 0;
}

/* Returns a datagram as it is delivered, without its octets. */
static struct fragment datagram_of(const struct datagram *d, const struct flow_key *key,
                                   int64_t time_ns)
{
	return (struct fragment){
		.key = key,
		.encapsulation = d->encapsulation,
		.id = d->id,
		.time_ns = time_ns,
	};
}

/* Delivers the readings, or only one if they are equal, and frees them. */
static void deliver_made(struct fragments *f, struct fragment *datagram,
                         const struct readings *readings)
{
	int count = are_equal(readings) ? 1 : FRAGMENT_READINGS;

	f->stats.ambiguous += datagram->ambiguous && readings->made[0] != NULL;
	for (int i = 0; i < count; i++) {
		if (readings->made[i] != NULL) {
			datagram->payload = readings->made[i];
			datagram->size = readings->size[i];
			f->stats.datagrams += !datagram->cut;
			f->stats.beginnings += datagram->cut;
			f->deliver(f->ctx, datagram);
		}
	}
	free(readings->made[0]);
	free(readings->made[1]);
}

/* The beginnings of the readings that were not delivered whole. */
static void deliver_beginnings(struct fragments *f, const struct datagram *d)
{
	struct fragment beginning = datagram_of(d, &d->key, d->time_ns);
	struct readings readings = { .size = { known_size(d, FRAGMENT_READING_FIRST),
		                               known_size(d, FRAGMENT_READING_LAST) } };

	for (int i = 0; i < (d->overlaps ? FRAGMENT_READINGS : 1); i++) {
		if (!d->given[i]) {
			readings.made[i] =
			        read_copies(f, d, (enum fragment_reading)i, readings.size[i]);
		}
	}
	beginning.cut = true;
	beginning.ambiguous = d->overlaps && !are_equal(&readings);
	deliver_made(f, &beginning, &readings);
}

static void deliver_given_up(struct fragments *f)
{
	struct datagram *d;
	/* The call that is delivering now also delivers the datagrams that its callback adds. */
	if (f->delivering) {
		return;
	}
	f->delivering = true;
	while ((d = TAILQ_FIRST(&f->given_up)) != NULL) {
		TAILQ_REMOVE(&f->given_up, d, by_age);
		deliver_beginnings(f, d);
		free_datagram(d);
	}
	f->delivering = false;
}

/* The memory budget is exhausted, and fragments are beyond their share. */
static bool yield_datagram(void *ctx)
{
	struct fragments *f = ctx;
	struct datagram *oldest = TAILQ_FIRST(&f->by_age);
	if (oldest != NULL) {
		evict(f, oldest);
		deliver_given_up(f);
	}
	return oldest != NULL;
}

int fragments_new(struct fragments **out, const struct fragments_limits *limits,
                  fragments_deliver *deliver, void *ctx)
{
	if (out == NULL || deliver == NULL) {
		return -EINVAL;
	}
	struct fragments *f = calloc(1, sizeof(*f));
	if (f == NULL) {
		return -ENOMEM;
	}
	f->limits = complete(limits);
	f->deliver = deliver;
	f->ctx = ctx;
	TAILQ_INIT(&f->by_age);
	TAILQ_INIT(&f->given_up);
	int ret = libnids_claim_fragments(take_whole, f);
	if (ret != 0) {
		free(f);
		return ret;
	}
	memory_budget_add(f->limits.budget, &f->memory, SHARE, yield_datagram, f);
	*out = f;
	return 0;
}

/* The protocol is part of the identity in IPv4 (RFC 791, 2.3), not in IPv6 (RFC 8200, 4.5). */
static bool is_piece_of(const struct fragment *frag, const struct datagram *d)
{
	const struct flow_key *a = frag->key, *b = &d->key;
	return d->id == frag->id && a->network == b->network &&
	       memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0 &&
	       memcmp(&a->src, &b->src, sizeof(a->src)) == 0 &&
	       (a->protocol == b->protocol || !address_is_ipv4(&a->src));
}

static struct datagram *create(struct fragments *f, const struct fragment *frag, size_t bucket)
{
	while (f->stats.open >= f->limits.datagrams_max) {
		evict(f, TAILQ_FIRST(&f->by_age));
	}
	struct datagram *d = calloc(1, sizeof(*d));
	if (d == NULL) {
		f->stats.no_memory++;
		return NULL;
	}
	TAILQ_INIT(&d->copies);
	d->key = *frag->key;
	d->encapsulation = frag->encapsulation;
	d->id = frag->id;
	d->number = ++f->number;
	d->born_ns = f->clock.now_ns;
	d->bucket = bucket;
	d->next_in_bucket = f->buckets[bucket];
	f->buckets[bucket] = d;
	TAILQ_INSERT_TAIL(&f->by_age, d, by_age);
	memory_budget_force(&f->memory, memory_of(d));
	f->stats.open++;
	return d;
}

/* `host_max` is applied to the bucket, because destinations share a bucket only by chance. */
static struct datagram *find_or_create(struct fragments *f, const struct fragment *frag)
{
	size_t bucket = secret_hash(&frag->key->dst, sizeof(frag->key->dst)) % BUCKETS;
	struct datagram *oldest = NULL;
	size_t count = 0;

	for (struct datagram *d = f->buckets[bucket]; d != NULL; d = d->next_in_bucket) {
		if (is_piece_of(frag, d)) {
			return d;
		}
		oldest = d;
		count++;
	}
	if (count >= f->limits.host_max) {
		evict(f, oldest);
	}
	return create(f, frag, bucket);
}

/* Returns false if the fragment contradicts the known end of the datagram. */
static bool note_end(struct datagram *d, const struct fragment *frag)
{
	uint32_t end = frag->offset + (uint32_t)frag->size;
	if (frag->more) {
		return d->total == 0 || end < d->total;
	}
	if (d->total != 0) {
		return d->total == end;
	}
	d->total = end;
	return islands_end(&d->known) <= frag->offset;
}

static bool feed(struct datagram *d, uint32_t offset, bool more, const uint8_t *payload,
                 size_t size)
{
	bool first = d->fed == 0;
	d->fed++;
	return libnids_fragment_feed(d->number, first, offset, more, payload, size);
}

static bool feed_piece(struct datagram *d, const struct fragment *frag)
{
	if (d->fed == 0 && frag->size < TINY) {
		memcpy(d->tail, frag->payload, frag->size);
		d->tail_size = (uint8_t)frag->size;
		return false;
	}
	bool whole = feed(d, frag->offset, frag->more, frag->payload, frag->size);
	if (d->tail_size > 0 && !whole) {
		size_t size = d->tail_size;
		d->tail_size = 0;
		whole = feed(d, d->total - (uint32_t)size, false, d->tail, size);
	}
	return whole;
}

static void deliver(struct fragments *f, struct datagram *d, int64_t time_ns)
{
	const struct flow_key key = d->key;
	uint8_t *made = f->made;
	struct fragment whole = datagram_of(d, &key, time_ns);

	/* The datagram is removed before the call, which may add fragments itself. */
	f->made = NULL;
	forget(f, d, false);
	if (made == NULL) {
		return;
	}
	f->stats.datagrams++;
	whole.payload = made;
	whole.size = f->made_size;
	f->deliver(f->ctx, &whole);
	free(made);
}

/* A reading of a datagram whose fragments overlap, or NULL: incomplete, or out of memory. */
static uint8_t *make_reading(struct fragments *f, struct datagram *d, enum fragment_reading reading)
{
	uint32_t size = d->ends[reading];
	if (d->given[reading] || size == 0 || islands_prefix(&d->known) < size) {
		return NULL;
	}
	d->given[reading] = true;
	return read_copies(f, d, reading, size);
}

/* Delivers the complete readings, or only one if they are equal. */
static void deliver_readings(struct fragments *f, struct datagram *d, int64_t time_ns)
{
	const struct flow_key key = d->key;
	struct fragment whole = datagram_of(d, &key, time_ns);
	struct readings readings = {
		.made = { make_reading(f, d, FRAGMENT_READING_FIRST),
		          make_reading(f, d, FRAGMENT_READING_LAST) },
		.size = { d->ends[0], d->ends[1] },
	};

	whole.ambiguous = !are_equal(&readings);
	/* The datagram is removed before the calls, which may add fragments themselves. */
	if (d->given[0] && d->given[1]) {
		forget(f, d, true);
	}
	deliver_made(f, &whole, &readings);
}

/* Fragments overlap. From now on, the datagram is stored only as copies of its fragments. */
static void begin_readings(struct datagram *d)
{
	if (d->fed > 0) {
		libnids_fragment_forget(d->number);
	}
	d->overlaps = true;
	d->ends[FRAGMENT_READING_FIRST] = d->ends[FRAGMENT_READING_LAST] = d->total;
}

static void add_overlapping(struct fragments *f, struct datagram *d, const struct fragment *frag)
{
	uint32_t end = frag->offset + (uint32_t)frag->size;
	if (!islands_cover(&d->known, (uint16_t)frag->offset, (uint16_t)end)) {
		evict(f, d);
		return;
	}
	if (!frag->more) {
		uint32_t *first = &d->ends[FRAGMENT_READING_FIRST];
		*first = *first != 0 ? *first : end;
		d->ends[FRAGMENT_READING_LAST] = end;
	}
	deliver_readings(f, d, frag->time_ns);
}

static bool is_possible(const struct fragment *frag)
{
	return frag->size > 0 && frag->offset % 8 == 0 && frag->offset < LIBNIDS_DATAGRAM_MAX &&
	       frag->size <= LIBNIDS_DATAGRAM_MAX - frag->offset &&
	       (!frag->more || frag->size % 8 == 0);
}

/* Evicts the oldest until `size` bytes fit. \return False if `keep` was evicted too. */
static bool make_room(struct fragments *f, const struct datagram *keep, size_t size)
{
	while (f->stats.bytes + size > f->limits.bytes_max) {
		struct datagram *oldest = TAILQ_FIRST(&f->by_age);
		bool stop = oldest == keep;
		evict(f, oldest);
		if (stop) {
			return false;
		}
	}
	return true;
}

/* Counts and keeps the fragment. \return False if the datagram was evicted. */
static bool keep(struct fragments *f, struct datagram *d, const struct fragment *frag)
{
	if (d->pieces == LIBNIDS_FRAGMENTS_MAX || !fragment_copies_add(&d->copies, frag)) {
		evict(f, d);
		return false;
	}
	d->pieces++;
	d->time_ns = frag->time_ns;
	d->bytes += frag->size;
	memory_budget_force(&f->memory, PIECE_OVERHEAD + 2 * frag->size);
	f->stats.bytes += frag->size;
	if (frag->offset == 0) {
		d->key.protocol = frag->key->protocol;
	}
	return true;
}

static void add_new(struct fragments *f, struct datagram *d, const struct fragment *frag)
{
	bool whole = feed_piece(d, frag);
	bool expected = d->total != 0 && islands_prefix(&d->known) == d->total;
	if (whole) {
		deliver(f, d, frag->time_ns);
	} else if (expected) {
		f->stats.library++;
		forget(f, d, true);
	}
}

static void add_piece(struct fragments *f, struct datagram *d, const struct fragment *frag)
{
	uint16_t from = (uint16_t)frag->offset, to = (uint16_t)(frag->offset + frag->size);
	enum islands_fit fits = ISLANDS_OVERLAP;

	if (!d->overlaps) {
		uint32_t total = d->total;
		fits = note_end(d, frag) ? islands_add(&d->known, from, to) : ISLANDS_OVERLAP;
		d->total = fits == ISLANDS_OVERLAP ? total : d->total;
	}
	if (fits == ISLANDS_KNOWN && !fragment_copies_differ(&d->copies, frag)) {
		f->stats.repeated++;
		return;
	}
	if (fits == ISLANDS_FULL) {
		evict(f, d);
		return;
	}
	if (!keep(f, d, frag)) {
		return;
	}
	if (fits == ISLANDS_NEW) {
		add_new(f, d, frag);
		return;
	}
	if (!d->overlaps) {
		begin_readings(d);
	}
	add_overlapping(f, d, frag);
}

void fragments_add(struct fragments *f, const struct fragment *frag)
{
	f->stats.fragments++;
	if (!frag->late) {
		fragments_tick(f, frag->time_ns);
	}
	if (!is_possible(frag)) {
		f->stats.invalid++;
		return;
	}
	if (frag->offset == 0 && !frag->more) {
		f->stats.datagrams++;
		f->deliver(f->ctx, frag);
		return;
	}
	struct datagram *d = find_or_create(f, frag);
	if (d != NULL && make_room(f, d, frag->size)) {
		add_piece(f, d, frag);
	}
	deliver_given_up(f);
}

void fragments_tick(struct fragments *f, int64_t now_ns)
{
	packet_clock_set(&f->clock, now_ns);
	struct datagram *oldest;
	while (!f->clock.unsure && (oldest = TAILQ_FIRST(&f->by_age)) != NULL &&
	       packet_clock_since(&f->clock, &oldest->born_ns) > f->limits.life_ns) {
		f->stats.expired++;
		give_up(f, oldest);
	}
	deliver_given_up(f);
}

void fragments_finish(struct fragments *f)
{
	while (!TAILQ_EMPTY(&f->by_age)) {
		f->stats.unfinished++;
		give_up(f, TAILQ_FIRST(&f->by_age));
		deliver_given_up(f);
	}
}

const struct fragments_stats *fragments_stats(const struct fragments *f)
{
	return &f->stats;
}

void fragments_free(struct fragments *f)
{
	if (f == NULL) {
		return;
	}
	while (!TAILQ_EMPTY(&f->by_age)) {
		forget(f, TAILQ_FIRST(&f->by_age), true);
	}
	libnids_release_fragments();
	memory_budget_remove(&f->memory);
	free(f);
}
