/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/mail/mail_date.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/civil.h"
#include "base/time_ns.h"

enum { YEAR_MIN = 1900, YEAR_MAX = 2199, DIGITS_MAX = 4 };

struct reader {
	const char *at;
	const char *end;
};

/*! \brief Skips blanks and comments. */
static void skip_filling(struct reader *r)
{
	unsigned depth = 0;

	while (r->at < r->end) {
		char c = *r->at;
		if (c == '(') {
			depth++;
		} else if (c == ')' && depth > 0) {
			depth--;
		} else if (depth == 0 && !ascii_is_blank(c)) {
			return;
		}
		r->at++;
	}
}

static bool take_mark(struct reader *r, char mark)
{
	skip_filling(r);
	if (r->at == r->end || *r->at != mark) {
		return false;
	}
	r->at++;
	return true;
}

/*!
 * \brief Reads a decimal number. Returns the number of its digits; 0 if it has no digit, or too
 *        many digits.
 */
static size_t take_number(struct reader *r, int *value)
{
	size_t digits = 0;

	skip_filling(r);
	for (*value = 0; r->at < r->end && ascii_is_digit(*r->at); r->at++) {
		if (++digits > DIGITS_MAX) {
			return 0;
		}
		*value = *value * 10 + (*r->at - '0');
	}
	return digits;
}

static size_t take_word(struct reader *r, const char **word)
{
	skip_filling(r);
	*word = r->at;
	while (r->at < r->end && ascii_is_letter(*r->at)) {
		r->at++;
	}
	return (size_t)(r->at - *word);
}

/*! \brief Reads a month. Returns 1 to 12; 0 if the text is not a month. */
static int take_month(struct reader *r)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *word;
	size_t size = take_word(r, &word);

	for (int k = 0; size >= 3 && k < 12; k++) {
		if (strncasecmp(word, months + 3 * k, 3) == 0) {
			return k + 1;
		}
	}
	return 0;
}

/*! \brief Reads a year. Years of two and three digits count from 1900 or 2000 (RFC 5322, 4.3). */
static bool take_year(struct reader *r, int *year)
{
	size_t digits = take_number(r, year);

	if (digits == 2 && *year < 50) {
		*year += 2000;
	} else if (digits == 2 || digits == 3) {
		*year += 1900;
	}
	return digits >= 2 && *year >= YEAR_MIN && *year <= YEAR_MAX;
}

/*! \brief Reads a time, "12:34" or "12:34:56", in seconds. */
static bool take_time(struct reader *r, int *seconds)
{
	int hour, minute, second = 0;

	if (take_number(r, &hour) == 0 || !take_mark(r, ':') || take_number(r, &minute) == 0) {
		return false;
	}
	if (take_mark(r, ':') && take_number(r, &second) == 0) {
		return false;
	}
	*seconds = (hour * 60 + minute) * 60 + second;
	return hour < 24 && minute < 60 && second <= 60; /* a leap second */
}

/*! \brief Reads the offset from UTC in seconds. It is positive to the east. */
static int take_zone(struct reader *r)
{
	static const struct {
		char name[4];
		int hours;
	} zones[] = { { "EDT", -4 }, { "EST", -5 }, { "CDT", -5 }, { "CST", -6 },
		      { "MDT", -6 }, { "MST", -7 }, { "PDT", -7 }, { "PST", -8 } };
	bool west = take_mark(r, '-');
	const char *word;
	int value;

	if (west || take_mark(r, '+')) {
		size_t digits = take_number(r, &value);
		int zone = ((value / 100) * 60 + value % 100) * 60;
		return digits != 4 ? 0 : west ? -zone : zone;
	}
	size_t size = take_word(r, &word);
	for (size_t k = 0; size == 3 && k < sizeof(zones) / sizeof(zones[0]); k++) {
		if (strncasecmp(word, zones[k].name, size) == 0) {
			return zones[k].hours * 3600;
		}
	}
	return 0;
}

bool mail_date_parse(const char *text, size_t size, int64_t *time_ns)
{
	struct reader r = { .at = text, .end = text + size };
	int day, year, seconds;
	const char *word;

	if (take_word(&r, &word) > 0) {
		(void)take_mark(&r, ',');
	}
	if (take_number(&r, &day) == 0) {
		return false;
	}
	int month = take_month(&r);
	if (month == 0 || !take_year(&r, &year) || !take_time(&r, &seconds)) {
		return false;
	}
	struct civil_date date = { .year = (unsigned)year,
		                   .month = (unsigned)month,
		                   .day = (unsigned)day };
	if (!civil_exists(date)) {
		return false;
	}
	*time_ns = civil_to_days(date) * NS_PER_DAY + (seconds - take_zone(&r)) * NS_PER_S;
	return true;
}
