/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reports in prose. A defanged name or address is meant as an indicator. Names and addresses beside
 * it that are not defanged are context, such as the victim, the genuine servers or the registrar.
 * The kind of an indicator is that of the record if the text is output of dig; else the nearest
 * words determine it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "rules/feeds/import/reader.h"
#include "rules/feeds/report/hints.h"
#include "rules/feeds/report/scan.h"
#include "rules/keywords.h"

/*! \brief The largest number of octets on either side that belong to the sentence. */
#define SENTENCE_MAX 400
/*! \brief The largest number of places of one indicator at which words are examined. */
#define PLACES_MAX 32
/*! \brief The number of octets of the longest line that can be an item of a list. */
#define ITEM_MAX 256

/*!
 * \brief The kinds of text around a place that can explain its indicator, the best one last. This
 *        text becomes the note.
 */
enum note_source { NOTE_NONE, NOTE_LINE, NOTE_INTRODUCTION, NOTE_SENTENCE };

/*! \brief An indicator, and the findings from all of its places. */
struct subject {
	unsigned by_layout; /*!< The kinds that the layout suggests, as bits. */
	unsigned by_words;  /*!< The kinds that nearby words suggest, as bits. */
	unsigned read;      /*!< The number of places that were examined for words. */
	/*! For an address, the index in `subjects` of the name that leads to it, or INTERN_NONE. */
	uint32_t host;
	bool defanged;
	bool listed;     /*!< The indicator is in the report's own list of indicators. */
	bool is_private; /*!< The indicator is an address of private networks. */
	enum note_source note_source;
	const char *note; /*!< The note, a view into the text. */
	size_t note_size;
	enum rule_form form;
};

struct report {
	struct feed *feed;
	struct intern keys; /*!< Canonical texts, each with a final NUL. */
	struct subject *subjects;
	size_t room;
	bool in_list;      /*!< The current line is after the heading of the report's own list. */
	const char *intro; /*!< The last line that is not an item. */
	size_t intro_size;
	/*! The number of the last name, if an address that follows can be the address of that
	 * name. */
	uint32_t host;
	bool names_defanged;    /*!< Some name or mailbox is defanged. */
	bool networks_defanged; /*!< Some address is defanged. */
	bool networks_listed;
};

/*! \brief A line, and whether it is an item of a list. */
struct line {
	const char *text;
	size_t size;
	bool is_item; /*!< The line contains little besides indicators. */
};

/*!
 * \brief Returns true if an address belongs to private networks, so that it means a different
 *        machine in each of them.
 */
static bool is_private(const struct indicator *indicator)
{
	static const struct {
		uint8_t first, mask, second;
	} RANGES[] = {
		{ 0, 0x00, 0 },      { 10, 0x00, 0 },     { 127, 0x00, 0 },
		{ 172, 0xf0, 0x10 }, { 192, 0xff, 0xa8 }, { 169, 0xff, 0xfe },
	};
	const uint8_t *addr = indicator->network.addr;
	if (indicator->form != FORM_NETWORK) {
		return false;
	}
	if (!network_is_v4(&indicator->network)) {
		return (addr[0] & 0xfe) == 0xfc || (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80);
	}
	for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++) {
		if (addr[12] == RANGES[i].first &&
		    (addr[13] & RANGES[i].mask) == RANGES[i].second) {
			return true;
		}
	}
	return false;
}

static struct subject *find_subject(struct report *report, const struct indicator *indicator,
                                    uint32_t *number)
{
	char text[INDICATOR_TEXT_SIZE];
	size_t size = indicator_text(indicator, text);
	text[size++] = '\0';
	if (report->keys.count == report->room) {
		size_t room = report->room > 0 ? report->room * 2 : 64;
		struct subject *more = realloc(report->subjects, room * sizeof(*more));
		if (more == NULL) {
			return NULL;
		}
		report->subjects = more;
		report->room = room;
	}
	uint32_t before = report->keys.count;
	*number = intern_add(&report->keys, text, size);
	if (*number == INTERN_NONE) {
		return NULL;
	}
	struct subject *subject = &report->subjects[*number];
	if (*number == before) {
		*subject = (struct subject){ .host = INTERN_NONE,
			                     .form = indicator->form,
			                     .is_private = is_private(indicator) };
	}
	return subject;
}

static bool ends_sentence(const char *at, const char *end)
{
	static const char *const ENDS[] = { "。", "！", "？", "．" };
	if (strchr(".!?", *at) != NULL) {
		return at + 1 >= end || ascii_is_blank(at[1]);
	}
	for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
		size_t size = strlen(ENDS[i]);
		if ((size_t)(end - at) >= size && memcmp(at, ENDS[i], size) == 0) {
			return true;
		}
	}
	return false;
}

/*!
 * \brief Returns true for a line break inside a sentence. There, a long line continues in lower
 *        case.
 */
static bool is_wrapped(const struct feed *feed, const char *newline)
{
	static const size_t LONG = 50;
	const char *next = newline + 1;
	size_t before = 0;
	while (newline - before > feed->text && newline[-1 - (ptrdiff_t)before] != '\n' &&
	       before < LONG) {
		before++;
	}
	return before == LONG && ascii_is_lower(*next) && strchr(".:;!?", newline[-1]) == NULL;
}

static const char *sentence_start(const struct feed *feed, const char *at)
{
	size_t left = SENTENCE_MAX;
	const char *end = feed->text + feed->size;
	for (; at > feed->text && left > 0; at--, left--) {
		if ((at[-1] == '\n' && !is_wrapped(feed, at - 1)) ||
		    (at[-1] != '\n' && strchr(".!?", at[-1]) != NULL &&
		     ends_sentence(at - 1, end)) ||
		    (at - feed->text >= 3 && (at[-1] & 0x80) != 0 && ends_sentence(at - 3, end))) {
			break;
		}
	}
	return at;
}

static const char *sentence_end(const struct feed *feed, const char *at)
{
	const char *end = feed->text + feed->size;
	/* This is the final dot of a name, unless a new sentence follows. */
	bool final_dot = end - at > 2 && strncmp(at, ". ", 2) == 0;
	if (final_dot && (at[2] < 'A' || at[2] > 'Z')) {
		at++;
	}
	for (size_t left = SENTENCE_MAX; at < end && left > 0; at++, left--) {
		if (*at == '\n' && !is_wrapped(feed, at)) {
			break;
		}
		if (ends_sentence(at, end)) {
			return at + ((*at & 0x80) != 0 ? 3 : 1);
		}
	}
	return at;
}

static void offer_note(struct subject *subject, enum note_source source, const char *note,
                       size_t size)
{
	if (source > subject->note_source) {
		subject->note_source = source;
		subject->note = note;
		subject->note_size = size;
	}
}

/*!
 * \brief Evaluates the words of the sentence. For the items of a list, it evaluates the
 *        introduction of the list.
 */
static void read_words(struct report *report, struct subject *subject, const struct line *line,
                       const struct hints_place *place)
{
	const char *start = sentence_start(report->feed, place->at);
	const char *end = sentence_end(report->feed, place->at + place->size);
	unsigned kinds = hints_words(start, end, place);
	subject->by_words |= kinds;
	if (!line->is_item) {
		offer_note(subject, NOTE_SENTENCE, start, (size_t)(end - start));
		return;
	}
	if (kinds != 0 || report->intro == NULL) {
		offer_note(subject, NOTE_LINE, line->text, line->size);
		return;
	}
	/* The item is treated as if it followed the introduction. */
	struct hints_place behind = *place;
	const char *last = report->intro + report->intro_size;
	start = report->intro_size > SENTENCE_MAX ? last - SENTENCE_MAX : report->intro;
	behind.at = last;
	behind.size = 0;
	subject->by_words |= hints_words(start, last, &behind);
	offer_note(subject, NOTE_INTRODUCTION, report->intro, report->intro_size);
}

/*!
 * \brief Connects a name with the address that follows it in a record or in the items of a list.
 */
static void pair(struct report *report, struct subject *subject, uint32_t number, bool together)
{
	if (subject->form == FORM_NAME) {
		report->host = number;
	} else if (subject->form == FORM_NETWORK && together) {
		subject->host = subject->host == INTERN_NONE ? report->host : subject->host;
	}
}

static void read_place(struct report *report, const struct line *line,
                       const struct sighting *sighting)
{
	uint32_t number;
	struct hints_place place = {
		.line = line->text,
		.line_size = line->size,
		.at = sighting->at,
		.size = sighting->size,
		.form = sighting->indicator.form,
	};
	struct hints hints = hints_layout(&place);
	if (hints.is_nothing) {
		return;
	}
	struct subject *subject = find_subject(report, &sighting->indicator, &number);
	if (subject == NULL) {
		report->feed->no_memory = true;
		return;
	}
	bool network = place.form == FORM_NETWORK;
	bool listed = report->in_list && line->is_item;
	subject->by_layout |= hints.kinds;
	subject->defanged |= sighting->defanged;
	subject->listed |= listed;
	report->names_defanged |= sighting->defanged && !network;
	report->networks_defanged |= sighting->defanged && network;
	report->networks_listed |= listed && network;
	pair(report, subject, number, hints.is_record || (line->is_item && !report->in_list));
	if (hints.is_record || hints.kinds != 0) {
		offer_note(subject, NOTE_LINE, line->text, line->size);
	} else if (subject->read < PLACES_MAX) {
		subject->read++;
		read_words(report, subject, line, &place);
	}
}

static size_t letters(const char *text, size_t size)
{
	size_t count = 0;
	for (size_t i = 0; i < size; i++) {
		/* Three octets of other scripts count as a letter. */
		count += ascii_is_letter(text[i]) ? 3 : (text[i] & 0x80) != 0;
	}
	return count / 3;
}

/*!
 * \brief Returns true if a line has a bullet and an indicator, and at most a few letters beside
 *        them.
 */
static bool is_item(const struct report *report, const struct line *line, bool *any)
{
	struct sighting sighting;
	struct scan scan = scan_init(report->feed->psl, line->text, line->size);
	const char *at = line->text;
	size_t beside = 0;
	*any = false;
	while (scan_next(&scan, &sighting)) {
		beside += letters(at, (size_t)(sighting.at - at));
		at = sighting.at + sighting.size;
		*any = true;
	}
	beside += letters(at, (size_t)(line->text + line->size - at));
	return *any && beside <= 2;
}

static void read_line(struct report *report, const char *text, size_t size)
{
	struct sighting sighting;
	struct line line = { .text = text, .size = size };
	bool any = true;
	if (size <= ITEM_MAX) {
		line.is_item = is_item(report, &line, &any);
	}
	if (!any && hints_is_heading(text, size)) {
		report->in_list = true;
	}
	report->host = line.is_item ? report->host : INTERN_NONE;
	struct scan scan = scan_init(report->feed->psl, text, size);
	while (any && scan_next(&scan, &sighting)) {
		if (!sighting.link || sighting.defanged) {
			read_place(report, &line, &sighting);
		}
	}
	if (!line.is_item && letters(text, size) > 0) {
		report->intro = text;
		report->intro_size = size;
	}
}

/*!
 * \brief Returns the kinds of an address that follow from the kinds of its name. A name server of
 *        an attacker is also a resolver.
 */
static unsigned by_host(const struct report *report, const struct subject *subject)
{
	if (subject->host == INTERN_NONE) {
		return 0;
	}
	const struct subject *host = &report->subjects[subject->host];
	unsigned kinds = host->defanged == subject->defanged ? host->by_layout | host->by_words : 0;
	return ((kinds & RULE_BIT(KIND_NS)) != 0 ? RULE_BIT(KIND_RESOLVER) : 0) |
	       ((kinds & RULE_BIT(KIND_MX)) != 0 ? RULE_BIT(KIND_SERVER) : 0);
}

static unsigned kinds_of(const struct report *report, const struct subject *subject)
{
	bool name = subject->form == FORM_NAME;
	/* For a name, a record shows the kind. For addresses, each word adds a kind. */
	unsigned by_words = subject->by_words & ~RULE_BIT(KIND_NAME);
	unsigned kinds = name && subject->by_layout != 0 ? subject->by_layout
	                                                 : subject->by_layout | by_words;
	if (subject->form == FORM_NETWORK) {
		kinds |= by_host(report, subject);
	}
	/* Rules of all kinds of addresses would match the same as one rule of the kind `any`. */
	bool all = kinds == KINDS_OF_NETWORKS && !name;
	return kinds == 0 || all ? RULE_BIT(KIND_ANY) : kinds;
}

/*! \brief Returns true if an indicator that is not defanged is only context. */
static bool is_context(const struct report *report, const struct subject *subject)
{
	if (subject->defanged || subject->listed) {
		return false;
	}
	return subject->form == FORM_NETWORK ? report->networks_defanged || subject->is_private
	                                     : report->names_defanged || report->networks_defanged;
}

static void add_subject(struct report *report, uint32_t number)
{
	const struct subject *subject = &report->subjects[number];
	const char *text = intern_get(&report->keys, number, NULL);
	char note[2 * SENTENCE_MAX + ITEM_MAX];
	struct imported_rule rule = IMPORTED_RULE_INIT;
	if (is_context(report, subject)) {
		feed_leave_out(report->feed, "context: not defanged, or private");
		return;
	}
	size_t size = subject->note_size < sizeof(note) ? subject->note_size : sizeof(note) - 1;
	snprintf(note, sizeof(note), "%.*s", (int)size, size > 0 ? subject->note : "");
	rule.note = note;
	rule.confidence = subject->listed ? 60 : subject->defanged ? 40 : 10;
	if (subject->is_private) {
		rule.aside = "commented out: the address belongs to a private network";
	} else if (subject->form == FORM_NETWORK && report->networks_listed && !subject->listed) {
		rule.aside = "commented out: the list in the report does not contain this address";
	}
	unsigned kinds = kinds_of(report, subject);
	for (int kind = 0; kind <= KIND_ANY; kind++) {
		if ((kinds & RULE_BIT(kind)) != 0) {
			rule.kind = (enum observation_kind)kind;
			feed_add(report->feed, text, 0, 0, FEED_WIDEN, &rule);
		}
	}
}

/*! \brief Returns true for every text, because any text may be a report. */
bool report_is(struct feed *feed)
{
	(void)feed;
	return true;
}

void report_read(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	struct report report = { .feed = feed, .host = INTERN_NONE };
	while (feed_next_line(feed, &line)) {
		read_line(&report, line.text, line.size);
	}
	for (uint32_t i = 0; i < report.keys.count; i++) {
		add_subject(&report, i);
	}
	intern_free(&report.keys);
	free(report.subjects);
}
