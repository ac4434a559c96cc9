/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt.h"

#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"

const struct command_help hunt_help = {
	.text = "Finds what new rules would have matched in old traffic. The folder contains the "
	        "records and the rows of mail that a sensor or `nsmx replay --history` has kept. "
	        "All of them are matched with all rules; resolver, helo and sni rules match "
	        "nothing, because the history does not keep their values. The dates of a rule "
	        "(since=, until=) must include a moment between the first and the last sighting of "
	        "a row; with --ignore-dates, rules match at any time.\n\n"
	        "There is an event for each pair of a rule and a row that match; its action is "
	        "hunt-match. The same hunt yields events with the same ids. On a terminal the hits "
	        "are printed as a table; with -o, events go to the targets. The folder is only "
	        "read; a sensor may write it at the same time. Damaged files are left out, a "
	        "warning contains the name of each, and the exit status is then 1.",
	.examples = { { "nsmx replay --history seen/ -o null captures/",
	                "keep what was seen in captures" },
	              { "nsmx rules import report.html > new.rules",
	                "make rules from a published report" },
	              { "nsmx hunt --history seen/ -r new.rules",
	                "find their indicators in the recorded traffic" },
	              { "nsmx hunt --history seen/ -r new.rules -o redis://127.0.0.1",
	                "send the hits to Redis" } },
};

int cmd_hunt(struct options *options)
{
	return history_is_given(options) ? hunt_run(options) : EXIT_USAGE;
}
