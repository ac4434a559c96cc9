/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"

#define NS_PER_SECOND   INT64_C(1000000000)
#define SECONDS_PER_DAY INT64_C(86400)
#define NS_PER_DAY      (SECONDS_PER_DAY * NS_PER_SECOND)

static const char FORMAT[] =
        "write a date such as 2020-05-31, or a time with its zone such as 2020-05-31T00:05Z";

/*! \brief Reads exactly `digits` digits and moves on; -1 when they are not there. */
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

static int days_in(int year, int month)
{
	static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return DAYS[month - 1] + (month == 2 && leap);
}

static const char *take_day(const char **at, int64_t *seconds)
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
		return "there are months 01 to 12 only";
	}
	if (day < 1 || day > days_in(year, month)) {
		return "that month has no such day";
	}
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
	*seconds = timegm(&tm);
	return NULL;
}

static const char *take_fraction(const char **at, int64_t *ns)
{
	int64_t unit = NS_PER_SECOND / 10;
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
	/* A leap second is told as :60 and falls on the next one here. */
	if (hour > 23 || minute > 59 || second > 60) {
		return "there is no such time of day";
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
	int64_t day = 0;
	int64_t clock = 0;
	int64_t zone = 0;
	int64_t ns = 0;
	const char *why = take_day(&at, &day);
	if (why != NULL) {
		return why;
	}
	if (*at == '\0') {
		*time_ns = (day + (end ? SECONDS_PER_DAY : 0)) * NS_PER_SECOND;
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
	*time_ns = (day + clock - zone) * NS_PER_SECOND + ns;
	if (why == NULL && *time_ns < 0) {
		why = "the time lies before 1970";
	}
	return why;
}

void date_text(int64_t time_ns, bool end, char text[DATE_TEXT_SIZE])
{
	bool day_alone = time_ns % NS_PER_DAY == 0 && time_ns >= (end ? NS_PER_DAY : 0);
	if (day_alone && end) {
		time_ns -= NS_PER_DAY;
	}
	int64_t ns = time_ns % NS_PER_SECOND;
	time_t seconds = (time_t)(time_ns / NS_PER_SECOND);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	size_t used =
	        strftime(text, DATE_TEXT_SIZE, day_alone ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%S", &tm);
	if (day_alone) {
		return;
	}
	if (ns != 0) {
		used += (size_t)snprintf(text + used, DATE_TEXT_SIZE - used, ".%09d", (int)ns);
	}
	snprintf(text + used, DATE_TEXT_SIZE - used, "Z");
}
