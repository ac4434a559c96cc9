/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "rules/language/keys.h"

#define ALIGNMENT  64
#define OCTETS_MAX (UINT64_C(64) << 30)

/* The beginning of the file. Its pointers are NULL. */
struct fixed {
	struct image_header header;
	uint64_t has_lookalikes; /* 1: `names` is used */
	struct ruleset set;
	struct protected_index names;
};

/* A walk over the arrays of a set, in their order in the file. */
struct walk {
	uint64_t at;        /* the offset of the next array */
	uint64_t size;      /* the octets of the file */
	bool failed;        /* an array is not within the file, or was not written */
	uint8_t *octets;    /* reading: the mapping */
	XXH3_state_t state; /* the checksum of what is before `done` */
	uint64_t done;
	int fd; /* writing */
	/* Handles an array, and returns its address. */
	void *(*take)(struct walk *walk, void *items, uint64_t offset, uint64_t size);
};

/* An empty array has an address, too, but no place. */
static void *take(struct walk *walk, void *items, uint64_t count, size_t size)
{
	uint64_t offset = (walk->at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (walk->failed) {
		return NULL;
	}
	if (count == 0) {
		return walk->take(walk, items, 0, 0);
	}
	walk->at = offset + count * size;
	if (walk->at > walk->size) {
		walk->failed = true;
		return NULL;
	}
	return walk->take(walk, items, offset, count * size);
}

static void take_intern(struct walk *walk, struct intern *table)
{
	table->ends = take(walk, table->ends, table->count, sizeof(*table->ends));
	bool any = table->count > 0 && table->ends != NULL;
	table->bytes_room = any ? table->ends[table->count - 1] : 0;
	table->ends_room = table->count;
	table->bytes = take(walk, table->bytes, table->bytes_room, 1);
	table->tags = take(walk, table->tags, table->slots_count, sizeof(*table->tags));
	table->slots = take(walk, table->slots, table->slots_count, sizeof(*table->slots));
}

static void take_bloom(struct walk *walk, struct bloom *bloom)
{
	bloom->lines = take(walk, bloom->lines, (uint64_t)bloom->mask + 1, sizeof(*bloom->lines));
}

static void take_heads(struct walk *walk, struct ruleset *set)
{
	const uint32_t counts[FORM_COUNT] = { [FORM_NAME] = set->names.keys.count,
		                              [FORM_NETWORK] = set->networks.keys.count,
		                              [FORM_MAILBOX] = set->mailboxes.keys.count };
	for (int form = 0; form < FORM_COUNT; form++) {
		set->heads[form] =
		        take(walk, set->heads[form], counts[form], sizeof(*set->heads[form]));
	}
}

static void take_multimap(struct walk *walk, struct multimap *multimap)
{
	multimap->entries =
	        take(walk, multimap->entries, multimap->size, sizeof(*multimap->entries));
	multimap->filter = take(walk, multimap->filter, multimap_filter_size(multimap->size),
	                        sizeof(*multimap->filter));
}

/* This function alone knows which arrays there are. */
static void take_all(struct walk *walk, struct ruleset *set, struct protected_index *names)
{
	struct intern *const tables[STORE_TABLES] = STORE_TABLES_OF(set);
	set->rules = take(walk, set->rules, set->rules_count, sizeof(*set->rules));
	set->lines = take(walk, set->lines, set->lines_count, sizeof(*set->lines));
	set->sources = take(walk, set->sources, set->sources_count, sizeof(*set->sources));
	for (size_t i = 0; i < STORE_TABLES; i++) {
		take_intern(walk, tables[i]);
	}
	take_bloom(walk, &set->names.bloom);
	take_bloom(walk, &set->networks.bloom);
	take_heads(walk, set);
	names->entries = take(walk, names->entries, names->count, sizeof(*names->entries));
	take_multimap(walk, &names->by_deletion_key);
}

/* A change of any struct, or a further kind, verb or key, changes the number. */
static uint64_t layout(void)
{
	const uint64_t sizes[] = {
		sizeof(struct fixed),
		sizeof(struct rule),
		sizeof(struct line),
		sizeof(struct attrs),
		sizeof(struct source),
		sizeof(struct protected_entry),
		sizeof(struct network),
		sizeof(struct multimap_entry),
		offsetof(struct fixed, set),
		offsetof(struct fixed, names),
		MULTIMAP_FILTER,
		RULE_VERB_COUNT,
		KIND_COUNT,
		FORM_COUNT,
		SEVERITY_COUNT,
		LEARN_COUNT,
		KEY_COUNT,
	};
	return XXH3_64bits(sizes, sizeof(sizes));
}

/* Writing */

static void *measure(struct walk *walk, void *items, uint64_t offset, uint64_t size)
{
	(void)walk;
	(void)offset;
	(void)size;
	return items;
}

/* Between two arrays, the file has zeros. */
static void *digest(struct walk *walk, void *items, uint64_t offset, uint64_t size)
{
	static const uint8_t zeros[ALIGNMENT];
	if (size > 0) {
		(void)XXH3_64bits_update(&walk->state, zeros, offset - walk->done);
		(void)XXH3_64bits_update(&walk->state, items, size);
		walk->done = offset + size;
	}
	return items;
}

static bool write_at(int fd, const uint8_t *octets, uint64_t size, uint64_t at)
{
	while (size > 0) {
		ssize_t done = pwrite(fd, octets, size, (off_t)at);
		if (done == 0 || (done < 0 && errno != EINTR)) {
			errno = done == 0 ? ENOSPC : errno;
			return false;
		}
		octets += done > 0 ? done : 0;
		size -= done > 0 ? (uint64_t)done : 0;
		at += done > 0 ? (uint64_t)done : 0;
	}
	return true;
}

static void *put(struct walk *walk, void *items, uint64_t offset, uint64_t size)
{
	walk->failed = !write_at(walk->fd, items, size, offset);
	return items;
}

static void set_secret(struct ruleset *set, const uint8_t *secret)
{
	struct intern *const tables[STORE_TABLES] = STORE_TABLES_OF(set);
	for (size_t i = 0; i < STORE_TABLES; i++) {
		tables[i]->secret = secret;
	}
}

/* Removes what another process cannot use: pointers, and the rooms of growing arrays. */
static void strip(struct fixed *fixed)
{
	struct walk none = { .failed = true };
	take_all(&none, &fixed->set, &fixed->names);
	set_secret(&fixed->set, NULL);
	fixed->set.rules_room = fixed->set.lines_room = fixed->set.sources_room = 0;
	fixed->set.psl = NULL;
	fixed->set.lookalikes = NULL;
	fixed->set.image = NULL;
	fixed->set.image_size = 0;
	fixed->set.borrows_psl = false;
	fixed->names.names = NULL;
	fixed->names.room = 0;
}

static void fill(struct fixed *fixed, const struct ruleset *set)
{
	memset(fixed, 0, sizeof(*fixed));
	memcpy(&fixed->set, set, sizeof(*set));
	memcpy(fixed->set.secret, secret_hash_secret, sizeof(fixed->set.secret));
	if (set->image != NULL) {
		memcpy(fixed->set.secret, set->secret, sizeof(fixed->set.secret));
	}
	fixed->has_lookalikes = set->lookalikes != NULL;
	if (fixed->has_lookalikes != 0) {
		fixed->names = *lookalike_index_names(set->lookalikes);
	}
}

/* Hands all arrays of a set to `handle`. */
static void walk_set(struct walk *walk, struct fixed *fixed,
                     void *(*handle)(struct walk *walk, void *items, uint64_t offset,
                                     uint64_t size))
{
	walk->at = sizeof(*fixed);
	walk->size = OCTETS_MAX;
	walk->take = handle;
	take_all(walk, &fixed->set, &fixed->names);
}

static uint64_t checksum_of(struct walk *walk, struct fixed *fixed, const struct fixed *stripped)
{
	XXH3_INITSTATE(&walk->state);
	(void)XXH3_64bits_reset(&walk->state);
	(void)XXH3_64bits_update(&walk->state, &stripped->header + 1,
	                         sizeof(*stripped) - sizeof(stripped->header));
	walk->done = sizeof(*stripped);
	walk_set(walk, fixed, digest);
	return XXH3_64bits_digest(&walk->state);
}

int image_write(const struct ruleset *set, int fd)
{
	struct fixed fixed;
	struct fixed stripped;
	struct walk walk = { .fd = fd };
	fill(&fixed, set);
	memcpy(&stripped, &fixed, sizeof(stripped));
	strip(&stripped);
	walk_set(&walk, &fixed, measure);
	memcpy(stripped.header.magic, IMAGE_MAGIC, IMAGE_MAGIC_SIZE);
	stripped.header.byte_order = IMAGE_BYTE_ORDER;
	stripped.header.version = IMAGE_VERSION;
	stripped.header.layout = layout();
	stripped.header.size = walk.at;
	stripped.header.checksum = checksum_of(&walk, &fixed, &stripped);
	walk_set(&walk, &fixed, put);
	return !walk.failed && write_at(fd, (const uint8_t *)&stripped, sizeof(stripped), 0) ? 0
	                                                                                     : -1;
}

/* Reading */

bool image_is(int fd)
{
	char magic[IMAGE_MAGIC_SIZE];
	return pread(fd, magic, sizeof(magic), 0) == IMAGE_MAGIC_SIZE &&
	       memcmp(magic, IMAGE_MAGIC, IMAGE_MAGIC_SIZE) == 0;
}

bool image_is_trusted(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && (status.st_uid == 0 || status.st_uid == geteuid()) &&
	       (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void *place(struct walk *walk, void *items, uint64_t offset, uint64_t size)
{
	(void)items;
	(void)size;
	return walk->octets + offset;
}

/* Returns what is wrong; NULL: nothing. The file may be shorter than the header. */
static const char *check_header(const struct image_header *header, uint64_t size)
{
	if (size < IMAGE_MAGIC_SIZE || memcmp(header->magic, IMAGE_MAGIC, IMAGE_MAGIC_SIZE) != 0) {
		return "the file has no compiled rules";
	}
	if (size < sizeof(struct fixed)) {
		return "the file is cut";
	}
	if (header->byte_order != IMAGE_BYTE_ORDER || header->version != IMAGE_VERSION ||
	    header->layout != layout()) {
		return "another version of nsmx has compiled these rules; compile them again";
	}
	if (header->size != size) {
		return header->size > size ? "the file is cut" : "octets follow the rules";
	}
	return NULL;
}

static const char *check_octets(const uint8_t *octets, uint64_t size)
{
	const struct image_header *header = (const struct image_header *)(const void *)octets;
	const char *why = check_header(header, size);
	if (why != NULL) {
		return why;
	}
	uint64_t checksum = XXH3_64bits(header + 1, size - sizeof(*header));
	return checksum != header->checksum ? "the file is damaged: its checksum is wrong" : NULL;
}

/* Makes the arrays of the file those of the set. */
static const char *take_up(struct ruleset *set, uint8_t *octets, size_t size)
{
	struct fixed fixed;
	struct walk walk = { .octets = octets, .at = sizeof(fixed), .size = size, .take = place };
	memcpy(&fixed, octets, sizeof(fixed));
	take_all(&walk, &fixed.set, &fixed.names);
	if (walk.failed || walk.at != size) {
		return "the file is damaged: its arrays do not have its size";
	}
	fixed.set.psl = set->psl;
	fixed.set.borrows_psl = set->borrows_psl;
	fixed.set.image = set->image;
	fixed.set.image_size = set->image_size;
	fixed.set.lookalikes = NULL;
	*set = fixed.set;
	set_secret(set, set->secret);
	const char *why = image_check(set, fixed.has_lookalikes != 0 ? &fixed.names : NULL);
	if (why == NULL && fixed.has_lookalikes != 0) {
		set->lookalikes = lookalike_index_of(&set->names, set->psl, &fixed.names);
		why = set->lookalikes == NULL ? "there is not enough memory" : NULL;
	}
	return why;
}

static bool read_octets(int fd, uint8_t *octets, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t got = pread(fd, octets + at, size - at, (off_t)at);
		if (got == 0 || (got < 0 && errno != EINTR)) {
			errno = got == 0 ? EIO : errno;
			return false;
		}
		at += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* Reads a file to memory that then does not change. */
static void *copy_octets(int fd, size_t size)
{
	void *octets = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (octets == MAP_FAILED) {
		return MAP_FAILED;
	}
	/* Fewer pages are faster to make. */
	(void)madvise(octets, size, MADV_HUGEPAGE);
	if (!read_octets(fd, octets, size) || mprotect(octets, size, PROT_READ) != 0) {
		int error = errno;
		(void)munmap(octets, size);
		errno = error;
		return MAP_FAILED;
	}
	return octets;
}

const char *image_map(struct ruleset *set, int fd, bool copy)
{
	struct stat status;
	if (fstat(fd, &status) != 0) {
		return strerror(errno);
	}
	if (status.st_size <= 0) {
		return "the file is empty";
	}
	size_t size = (size_t)status.st_size;
	void *octets = copy ? copy_octets(fd, size)
	                    : mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (octets == MAP_FAILED) {
		return strerror(errno);
	}
	set->image = octets;
	set->image_size = size;
	const char *why = check_octets(octets, size);
	return why != NULL ? why : take_up(set, octets, size);
}

void image_release(struct ruleset *set)
{
	if (set->image != NULL) {
		(void)munmap(set->image, set->image_size);
	}
}
