/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/date.h"

#include <stddef.h>

#include "base/ascii.h"
#include "base/civil.h"
#include "base/text.h"
#include "base/time_ns.h"

static const char FORMAT[] =
        "write a date such as 2020-05-31, or a time with its zone such as 2020-05-31T00:05Z";

/*! \brief Reads exactly `digits` digits and moves after them; returns -1 if there are fewer. */
static int take(const char **at, int digits)
{
	int value = 0;
	for (int i = 0; i < digits; i++) {
		char c = (*at)[i];
		if (!ascii_is_digit(c)) {
			return -1;
		}
		value = value * 10 + (c - '0');
	}
	*at += digits;
	return value;
}

static bool pass(const char **at, char c)
{
	if (**at != c) {
		return false;
	}
	(*at)++;
	return true;
}

static const char *take_day(const char **at, int64_t *days)
{
	int year = take(at, 4);
	bool dashes = pass(at, '-');
	int month = take(at, 2);
	if (year < 0 || month < 0 || (dashes && !pass(at, '-'))) {
		return FORMAT;
	}
	int day = take(at, 2);
	if (day < 0) {
		return FORMAT;
	}
	if (year < 1970 || year > 2261) {
		return "the year must lie between 1970 and 2261";
	}
	if (month < 1 || month > 12) {
		return "the month must lie between 01 and 12";
	}
	struct civil_date date = { .year = (unsigned)year,
		                   .month = (unsigned)month,
		                   .day = (unsigned)day };
	if (!civil_exists(date)) {
		return "the month does not have this day";
	}
	*days = civil_to_days(date);
	return NULL;
}

static const char *take_fraction(const char **at, int64_t *ns)
{
	int64_t unit = NS_PER_S / 10;
	if (!pass(at, '.')) {
		return NULL;
	}
	if (!ascii_is_digit(**at)) {
		return FORMAT;
	}
	*ns = 0;
	for (; ascii_is_digit(**at); (*at)++, unit /= 10) {
		*ns += (**at - '0') * unit;
	}
	return NULL;
}

static const char *take_clock(const char **at, int64_t *seconds, int64_t *ns)
{
	int hour = take(at, 2);
	bool colons = pass(at, ':');
	int minute = take(at, 2);
	int second = 0;
	if (hour < 0 || minute < 0) {
		return FORMAT;
	}
	if (colons ? pass(at, ':') : ascii_is_digit(**at)) {
		second = take(at, 2);
	}
	if (second < 0) {
		return FORMAT;
	}
	/* A leap second is written as :60, and counts as the second after it. */
	if (hour > 23 || minute > 59 || second > 60) {
		return "the time of day must lie between 00:00:00 and 23:59:60";
	}
	*seconds = (hour * 60 + minute) * 60 + second;
	return take_fraction(at, ns);
}

static const char *take_zone(const char **at, int64_t *seconds)
{
	*seconds = 0;
	if (pass(at, 'Z') || pass(at, 'z')) {
		return NULL;
	}
	int sign = pass(at, '+') ? 1 : pass(at, '-') ? -1 : 0;
	if (sign == 0) {
		return "the time lacks a zone: add Z for UTC or an offset such as +09:00";
	}
	int hour = take(at, 2);
	bool more = pass(at, ':') || **at != '\0';
	int minute = more ? take(at, 2) : 0;
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
		return "the offset must look like +09:00";
	}
	*seconds = sign * (hour * 60 + minute) * 60;
	return NULL;
}

const char *date_parse(const char *text, bool end, int64_t *time_ns)
{
	const char *at = text;
	int64_t days = 0;
	int64_t clock = 0;
	int64_t zone = 0;
	int64_t ns = 0;
	const char *why = take_day(&at, &days);
	if (why != NULL) {
		return why;
	}
	if (*at == '\0') {
		*time_ns = (days + end) * NS_PER_DAY;
		return NULL;
	}
	if (!pass(&at, 'T') && !pass(&at, 't') && !pass(&at, ' ')) {
		return FORMAT;
	}
	why = take_clock(&at, &clock, &ns);
	if (why == NULL) {
		why = take_zone(&at, &zone);
	}
	if (why == NULL && *at != '\0') {
		why = FORMAT;
	}
	*time_ns = days * NS_PER_DAY + (clock - zone) * NS_PER_S + ns;
	if (why == NULL && *time_ns < 0) {
		why = "the time is before 1970";
	}
	return why;
}

void date_text(int64_t time_ns, bool end, char text[DATE_TEXT_SIZE])
{
	bool day_alone = time_ns % NS_PER_DAY == 0 && time_ns >= (end ? NS_PER_DAY : 0);
	if (day_alone && end) {
		time_ns -= NS_PER_DAY;
	}
	char *at = text_date(text, time_ns / NS_PER_DAY);
	if (!day_alone) {
		uint64_t ns = (uint64_t)(time_ns % NS_PER_S);
		*at++ = 'T';
		at = text_clock(at, (unsigned)(time_ns % NS_PER_DAY / NS_PER_S));
		if (ns != 0) {
			*at++ = '.';
			at = text_digits(at, ns, 9);
		}
		*at++ = 'Z';
	}
	*at = '\0';
}
