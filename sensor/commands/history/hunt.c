/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt.h"

#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"

const struct command_help hunt_help = {
	.text = "Finds what new rules would have matched in old traffic. The folder has what "
	        "`nsmx replay --history` or other sensors have kept. All kinds of rules are "
	        "matched with all records. The dates of rules (since=, until=) must include a "
	        "moment between the first and the last sighting of a record; --ignore-dates "
	        "matches rules at any time.\n\n"
	        "There is an event for each rule and record that match; its action is "
	        "hunt-match. The same hunt yields events with the same ids. On a terminal the "
	        "hits are a table; with -o, events go to the targets. The folder is only read; a "
	        "sensor may write it at the same time. If a file is damaged, a warning names it, "
	        "it is left out, and the exit status is 1.",
	.examples = { { "nsmx replay --history seen/ -o null captures/",
	                "keep what was seen in captures" },
	              { "nsmx rules import report.html > new.rules",
	                "make rules of a published report" },
	              { "nsmx hunt --history seen/ -r new.rules", "find them in what was seen" },
	              { "nsmx hunt --history seen/ -r new.rules -o redis://127.0.0.1",
	                "pass the hits on" } },
};

int cmd_hunt(struct options *options)
{
	return history_is_given(options) ? hunt_run(options) : EXIT_USAGE;
}
