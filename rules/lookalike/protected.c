/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/protected.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"

/*!
 * \brief The number of characters of the shortest label for which a change of one letter counts.
 */
#define LETTERS_MIN 5

void domain_split(struct domain *domain, const uint8_t *wire, size_t size,
                  const struct suffix_split *split)
{
	*domain = (struct domain){
		.wire = wire,
		.split = *split,
		.label = wire + split->domain + 1,
		.label_size = wire[split->domain],
		.suffix = wire + split->suffix,
		.suffix_size = size - split->suffix,
	};
}

bool domain_read(struct domain *domain, const psl_ctx_t *psl, const uint8_t *wire, size_t size)
{
	struct suffix_split split;
	if (!suffix_split(psl, wire, size, &split)) {
		return false;
	}
	domain_split(domain, wire, size, &split);
	return true;
}

void domain_dotless(struct dotless *dotless, const struct domain *domain, size_t from)
{
	const uint8_t *at = domain->wire + from;
	dotless->size = 0;
	for (; *at != 0; at += 1 + *at) {
		memcpy(dotless->text + dotless->size, at + 1, *at);
		dotless->size += *at;
	}
}

static uint64_t number(const uint8_t *digits, size_t size)
{
	uint64_t value = 0;
	for (size_t i = 0; i < size; i++) {
		value = value * 10 + (uint64_t)(digits[i] - '0');
	}
	return value;
}

/*!
 * \brief Reads a bound of the range. Returns the position after the bound and the sign that follows
 *        it.
 */
static const uint8_t *read_bound(struct protected_name *protected, int which, const uint8_t *at)
{
	size_t width = 0;
	while (ascii_is_digit((char)at[width])) {
		width++;
	}
	protected->widths[which] = width;
	protected->range[which] = number(at, width);
	return at + width + 1;
}

void protected_read(struct protected_name *protected, const struct domain *domain)
{
	const uint8_t *open = memchr(domain->label, '[', domain->label_size);
	const uint8_t *end = domain->label + domain->label_size;
	protected->domain = *domain;
	protected->family = open != NULL;
	protected->front = domain->label_size;
	protected->back = 0;
	protected->backs.count = 0;
	if (open != NULL) {
		const uint8_t *behind = read_bound(protected, 0, open + 1);
		behind = read_bound(protected, 1, behind);
		protected->front = (size_t)(open - domain->label);
		protected->back = (size_t)(end - behind);
		shape_read(&protected->backs, behind, protected->back);
	}
	shape_read(&protected->fronts, domain->label, protected->front);
	protected->template_least = protected->fronts.count + protected->backs.count +
	                            (open != NULL ? protected->widths[0] : 0);
}

void suspect_read(struct suspect *suspect, const struct domain *domain)
{
	suspect->domain = *domain;
	shape_read(&suspect->shape, domain->label, domain->label_size);
	shape_skeleton(&suspect->skeleton, &suspect->shape);
}

static bool in_range(const struct protected_name *protected, const uint8_t *digits, size_t size)
{
	if (size < protected->widths[0] || size > protected->widths[1]) {
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		if (!ascii_is_digit((char)digits[i])) {
			return false;
		}
	}
	/* In a range with different widths, numbers have no leading zeros. */
	if (protected->widths[0] < protected->widths[1] && size > 1 && digits[0] == '0') {
		return false;
	}
	uint64_t value = number(digits, size);
	return value >= protected->range[0] && value <= protected->range[1];
}

/*! \brief Returns true if octets are the label of the rule, with a number of its range. */
static bool is_label(const struct protected_name *protected, const uint8_t *text, size_t size)
{
	const struct domain *domain = &protected->domain;
	if (!protected->family) {
		return size == domain->label_size && memcmp(text, domain->label, size) == 0;
	}
	if (size <= protected->front + protected->back) {
		return false;
	}
	size_t digits = size - protected->front - protected->back;
	const uint8_t *back = domain->label + domain->label_size - protected->back;
	return memcmp(text, domain->label, protected->front) == 0 &&
	       memcmp(text + size - protected->back, back, protected->back) == 0 &&
	       in_range(protected, text + protected->front, digits);
}

static bool same_suffix(const struct domain *a, const struct domain *b)
{
	return a->suffix_size == b->suffix_size &&
	       memcmp(a->suffix, b->suffix, a->suffix_size) == 0;
}

bool protected_is(const struct protected_name *protected, const struct domain *domain)
{
	return same_suffix(&protected->domain, domain) &&
	       is_label(protected, domain->label, domain->label_size);
}

bool protected_is_dotless(const struct protected_name *protected, bool below, const uint8_t *text,
                          size_t size)
{
	const struct domain *domain = &protected->domain;
	struct dotless suffix;
	const uint8_t *label = domain->wire + domain->split.below;
	size_t front = below ? label[0] : 0;
	domain_dotless(&suffix, domain, domain->split.suffix);
	if ((below && domain->split.below == domain->split.domain) || size < front + suffix.size) {
		return false;
	}
	size_t label_size = size - front - suffix.size;
	return memcmp(text, label + 1, front) == 0 &&
	       memcmp(text + size - suffix.size, suffix.text, suffix.size) == 0 &&
	       is_label(protected, text + front, label_size);
}

/*! \brief Copies a label without the leading zeros of its numbers. */
static void drop_zeros(struct shape *plain, const struct shape *shape)
{
	plain->count = 0;
	for (size_t i = 0; i < shape->count; i++) {
		bool inside = plain->count > 0 && shape_is_digit(plain->at[plain->count - 1]);
		bool more = i + 1 < shape->count && shape_is_digit(shape->at[i + 1]);
		if (shape->at[i] != '0' || inside || !more) {
			plain->at[plain->count++] = shape->at[i];
		}
	}
}

static bool equal(const struct shape *a, const struct shape *b)
{
	return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof(a->at[0])) == 0;
}

static bool is_number(uint32_t c)
{
	return shape_is_digit(c) || c == PROTECTED_DIGIT;
}

static bool meets(uint32_t c, uint32_t wanted)
{
	return c == wanted || (wanted == PROTECTED_DIGIT && shape_is_digit(c));
}

/*!
 * \brief Returns true for a place inside a number. An added or missing digit makes another number,
 *        not a misspelt word.
 */
static bool in_number(const struct shape *shape, size_t at)
{
	bool before = at > 0 && is_number(shape->at[at - 1]);
	bool behind = at + 1 < shape->count && is_number(shape->at[at + 1]);
	return is_number(shape->at[at]) && (before || behind);
}

/*!
 * \brief Returns true if the labels become equal when one letter is inserted, dropped or changed,
 *        or two letters are swapped.
 */
static bool one_letter_apart(const struct shape *seen, const struct shape *wanted)
{
	size_t shorter = MIN(seen->count, wanted->count);
	size_t at = 0;
	size_t tail = 0;
	while (at < shorter && meets(seen->at[at], wanted->at[at])) {
		at++;
	}
	while (tail < shorter - at &&
	       meets(seen->at[seen->count - 1 - tail], wanted->at[wanted->count - 1 - tail])) {
		tail++;
	}
	size_t seen_left = seen->count - at - tail;
	size_t wanted_left = wanted->count - at - tail;
	if (seen_left == 1 && wanted_left == 1) {
		return !is_number(seen->at[at]) || !is_number(wanted->at[at]);
	}
	if (seen_left == 2 && wanted_left == 2) {
		return meets(seen->at[at], wanted->at[at + 1]) &&
		       meets(seen->at[at + 1], wanted->at[at]);
	}
	if (seen_left + wanted_left != 1) {
		return false;
	}
	return seen_left == 1 ? !in_number(seen, at) : !in_number(wanted, at);
}

/*!
 * \brief Makes the label of a family with `width` digits. Returns false if the label is too long.
 */
static bool make_template(const struct protected_name *protected, size_t width,
                          struct shape *template)
{
	const struct shape *fronts = &protected->fronts;
	const struct shape *backs = &protected->backs;
	if (fronts->count + width + backs->count > SHAPE_MAX) {
		return false;
	}
	*template = *fronts;
	for (size_t i = 0; i < width; i++) {
		template->at[template->count++] = PROTECTED_DIGIT;
	}
	memcpy(template->at + template->count, backs->at, backs->count * sizeof(backs->at[0]));
	template->count += backs->count;
	return true;
}

static bool is_near_family(const struct protected_name *protected, const struct shape *seen)
{
	for (size_t width = protected->widths[0]; width <= protected->widths[1]; width++) {
		struct shape template;
		if (protected->fronts.count + width + protected->backs.count >= LETTERS_MIN &&
		    make_template(protected, width, &template) &&
		    one_letter_apart(seen, &template)) {
			return true;
		}
	}
	return false;
}

/*!
 * \brief Returns true if a skeleton is that of a label of the family with any number. `*digits`
 *        receives the number of digits.
 */
static bool has_family_skeleton(const struct protected_name *protected,
                                const struct shape *skeleton, size_t *digits)
{
	struct shape front;
	struct shape back;
	shape_skeleton(&front, &protected->fronts);
	shape_skeleton(&back, &protected->backs);
	if (skeleton->count <= front.count + back.count ||
	    memcmp(skeleton->at, front.at, front.count * sizeof(front.at[0])) != 0 ||
	    memcmp(skeleton->at + skeleton->count - back.count, back.at,
	           back.count * sizeof(back.at[0])) != 0) {
		return false;
	}
	*digits = skeleton->count - front.count - back.count;
	for (size_t i = 0; i < *digits; i++) {
		if (!shape_is_digit(skeleton->at[front.count + i])) {
			return false;
		}
	}
	return true;
}

static bool has_digit(const struct shape *shape)
{
	for (size_t i = 0; i < shape->count; i++) {
		if (shape_is_digit(shape->at[i])) {
			return true;
		}
	}
	return false;
}

static enum lookalike_how judge_family(const struct protected_name *protected,
                                       const struct suspect *suspect, bool same)
{
	size_t digits;
	if (has_family_skeleton(protected, &suspect->skeleton, &digits)) {
		/* If there are only letters in place of the number, the name counts only if it has
		 * the suffix and the width of the family. */
		bool fits =
		        same && digits >= protected->widths[0] && digits <= protected->widths[1];
		if (has_digit(&suspect->shape) || fits) {
			return same ? LOOKALIKE_NUMBER : LOOKALIKE_SUFFIX;
		}
	}
	return same && is_near_family(protected, &suspect->shape) ? LOOKALIKE_LETTER
	                                                          : LOOKALIKE_NOT;
}

bool protected_suffix_is_near(const struct protected_name *protected, const struct suspect *suspect)
{
	/* The first octet, the length of the first label, is not a letter. */
	const uint8_t *a = protected->domain.suffix + 1;
	const uint8_t *b = suspect->domain.suffix + 1;
	size_t a_size = protected->domain.suffix_size - 1;
	size_t b_size = suspect->domain.suffix_size - 1;
	while (a_size > 0 && b_size > 0 && *a == *b) {
		a++;
		b++;
		a_size--;
		b_size--;
	}
	while (a_size > 0 && b_size > 0 && a[a_size - 1] == b[b_size - 1]) {
		a_size--;
		b_size--;
	}
	return a_size <= 1 && b_size <= 1;
}

enum lookalike_how protected_judge(const struct protected_name *protected,
                                   const struct suspect *suspect)
{
	struct shape one;
	struct shape other;
	bool same = same_suffix(&protected->domain, &suspect->domain);
	if (protected->family) {
		return judge_family(protected, suspect, same);
	}
	if (equal(&protected->fronts, &suspect->shape)) {
		return same ? LOOKALIKE_NOT : LOOKALIKE_STRICT;
	}
	if (!same) {
		return LOOKALIKE_NOT;
	}
	drop_zeros(&one, &protected->fronts);
	drop_zeros(&other, &suspect->shape);
	if (equal(&one, &other)) {
		return LOOKALIKE_NUMBER;
	}
	shape_skeleton(&one, &protected->fronts);
	if (equal(&one, &suspect->skeleton)) {
		return LOOKALIKE_SHAPE;
	}
	bool long_enough = protected->fronts.count >= LETTERS_MIN;
	return long_enough && one_letter_apart(&suspect->shape, &protected->fronts)
	               ? LOOKALIKE_LETTER
	               : LOOKALIKE_NOT;
}

/*! \brief Writes the name of the family that has this number; returns its size. */
static size_t make_member(const struct protected_name *protected, uint64_t value,
                          uint8_t wire[DNS_NAME_MAX])
{
	const struct domain *domain = &protected->domain;
	char digits[24];
	int width = protected->widths[0] == protected->widths[1] ? (int)protected->widths[0] : 1;
	size_t count = (size_t)snprintf(digits, sizeof(digits), "%0*" PRIu64, width, value);
	size_t label_size = protected->front + count + protected->back;
	wire[0] = (uint8_t)label_size;
	memcpy(wire + 1, domain->label, protected->front);
	memcpy(wire + 1 + protected->front, digits, count);
	memcpy(wire + 1 + protected->front + count,
	       domain->label + domain->label_size - protected->back, protected->back);
	memcpy(wire + 1 + label_size, domain->suffix, domain->suffix_size);
	return 1 + label_size + domain->suffix_size;
}

void protected_members(const psl_ctx_t *psl, const uint8_t *wire, size_t size,
                       void (*each)(void *ctx, const uint8_t *wire, size_t size), void *ctx)
{
	struct domain domain;
	struct protected_name protected;
	if (!domain_read(&domain, psl, wire, size)) {
		return;
	}
	protected_read(&protected, &domain);
	if (!protected.family) {
		each(ctx, wire, size);
		each(ctx, domain.wire + domain.split.domain, size - domain.split.domain);
		return;
	}
	uint64_t first = protected.range[0];
	uint64_t last = protected.range[1];
	for (uint64_t i = first; last - first < PROTECTED_MEMBERS_MAX && i <= last; i++) {
		uint8_t member[DNS_NAME_MAX];
		each(ctx, member, make_member(&protected, i, member));
	}
}
