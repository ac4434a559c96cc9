/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/roles.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"

/*! \brief The names of roles for `--column`, and the usual headings. */
static const struct {
	const char *name;
	const char *headings; /*!< The headings as roles_fold() writes them, each between blanks. */
} ROLES[ROLE_COUNT] = {
	[ROLE_INDICATOR] = { "indicator",
	                     " indicator indicators ioc iocs iocvalue value indicatorvalue "
	                     "observable "
	                     "observablevalue artifact artifactvalue atomic threatindicator domain "
	                     "domains domainname domainnames hostname hostnames host hosts fqdn "
	                     "fqdns "
	                     "site website ip ips ipaddress ipaddresses ipaddr ipv4 ipv6 "
	                     "ipv4address "
	                     "ipv6address ip4 ip6 dstip srcip destip sourceip sourceipaddress "
	                     "destinationip destinationipaddress remoteip attackerip attackip "
	                     "clientip "
	                     "serverip hostip c2 c2ip c2host c2domain c2server c2address cncip "
	                     "cncdomain address addr network networks cidr cidrs subnet netblock "
	                     "prefix "
	                     "iprange range ipprefix ipv4prefix ipv6prefix ipcidr ipport ipandport "
	                     "url urls uri phishurl "
	                     "phishingurl "
	                     "maliciousurl malwareurl c2url email emails emailaddress mailbox "
	                     "nameserver nameservers mx mxrecord phishingdomain phishdomain "
	                     "maliciousdomain malwaredomain maliciousip badip baddomain " },
	[ROLE_TYPE] = { "type",
	                " type ioctype indicatortype itype kind what observabletype datatype "
	                "attributetype valuetype " },
	[ROLE_FIRST] = { "first-seen",
	                 " firstseen firstseendate firstreported firstdetected dateadded "
	                 "added created createdat createddate submissiontime detected "
	                 "detectiondate date datetime timestamp first seen " },
	[ROLE_LAST] = { "last-seen", " lastseen lastseendate lastreported lastonline lastupdate "
	                             "lastupdated lastactive updated modified last " },
	[ROLE_SINCE] = { "since", " since validfrom " },
	[ROLE_UNTIL] = { "until", " until validuntil expires expiration expirationdate expiry "
	                          "expirydate " },
	[ROLE_DESCRIPTION] = { "description",
	                       " description comment comments note notes threat malware "
	                       "malwareprintable malwarefamily family listingreason reason remark "
	                       "remarks details info title " },
	[ROLE_SOURCE] = { "source", " source feed provider reporter feedname " },
	[ROLE_REF] = { "ref",
	               " ref reference references urlreference referenceurl refurl link links "
	               "permalink urlhauslink urlhausreference phishdetailurl detailurl "
	               "detailsurl sourceurl reporturl report virustotal " },
	/* The heading `score` is not used, because each publisher has its own scale. */
	[ROLE_CONFIDENCE] = { "confidence", " confidence confidencelevel confidencescore "
	                                    "abuseconfidencescore conf " },
	[ROLE_TAGS] = { "tags", " tags tag labels label " },
	[ROLE_START] = { "start", " start startip startaddress ipstart ipfrom fromip firstip lowip "
	                          "rangestart beginip startofnetblock " },
	[ROLE_END] = { "end", " end endip endaddress ipend ipto toip lastip highip rangeend "
	                      "endofnetblock " },
	[ROLE_WANTED] = { "wanted", " toids " },
};

bool roles_fold(const char *heading, size_t size, char text[ROLES_NAME_SIZE])
{
	size_t used = 0;
	for (size_t i = 0; i < size; i++) {
		if (!ascii_is_alphanumeric(heading[i])) {
			continue;
		}
		if (used == ROLES_NAME_SIZE - 1) {
			return false;
		}
		text[used++] = ascii_lower(heading[i]);
	}
	used -= used > 3 && memcmp(text + used - 3, "utc", 3) == 0 ? 3 : 0;
	text[used] = '\0';
	return used > 0;
}

enum role roles_of_heading(const char *heading, size_t size)
{
	char folded[ROLES_NAME_SIZE];
	char word[ROLES_NAME_SIZE + 2];
	int role = 0;
	if (!roles_fold(heading, size, folded)) {
		return ROLE_COUNT;
	}
	snprintf(word, sizeof(word), " %s ", folded);
	while (role < ROLE_COUNT && strstr(ROLES[role].headings, word) == NULL) {
		role++;
	}
	return (enum role)role;
}

enum role roles_find(const char *name, size_t size)
{
	int role = 0;
	while (role < ROLE_COUNT && (strlen(ROLES[role].name) != size ||
	                             strncasecmp(ROLES[role].name, name, size) != 0)) {
		role++;
	}
	return (enum role)role;
}
