/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the page can do besides: the page is complete without it. */
(() => {
	"use strict";

	const button = (text, action) => {
		const made = document.createElement("button");
		made.type = "button";
		made.textContent = text;
		made.addEventListener("click", action);
		return made;
	};

	/* Times in the zone of the reader: the same digits of another ISO time. */
	const local = (iso) => {
		const date = new Date(iso);
		const moved = new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString();
		return moved.slice(0, 19) + iso.slice(19);
	};
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const cell = document.getElementById("zone");
	let isLocal = false;
	const show = () => {
		for (const time of document.querySelectorAll("[data-t]")) {
			const [from, to] = time.dataset.d.split(" ");
			const iso = isLocal ? local(time.dataset.t) : time.dataset.t;
			time.textContent = iso.slice(from, to).replace("T", " ").replace("Z", "");
		}
		for (const name of document.querySelectorAll(".zone")) {
			name.textContent = isLocal ? zone : "UTC";
		}
		switcher.textContent = isLocal ? "show UTC" : "show " + zone;
	};
	const switcher = button("", () => {
		isLocal = !isLocal;
		show();
	});
	if (cell && zone !== "UTC") {
		cell.append(" ", switcher);
		show();
	}

	/* Tables sort by a click on the head of a column. */
	const key = (row, column) => {
		const td = row.cells[column];
		const time = td.querySelector("[data-t]");
		return time ? time.dataset.t : td.dataset.k || td.textContent.replace(/(\d),(?=\d{3})/g, "$1");
	};
	const sort = (th) => {
		const body = th.closest("table").tBodies[0];
		const down = th.getAttribute("aria-sort") === "ascending";
		for (const other of th.parentNode.cells) {
			other.removeAttribute("aria-sort");
		}
		th.setAttribute("aria-sort", down ? "descending" : "ascending");
		const rows = Array.from(body.rows, (row) => [key(row, th.cellIndex), row]);
		rows.sort((a, b) => a[0].localeCompare(b[0], "en", { numeric: true }) * (down ? -1 : 1));
		body.append(...rows.map((row) => row[1]));
	};
	for (const th of document.querySelectorAll("th")) {
		if (th.closest("table").tBodies[0].rows.length > 1) {
			const text = th.textContent;
			th.replaceChildren(button(text, () => sort(th)));
		}
	}

	/* The text of a block, exactly, to the clipboard. */
	for (const block of document.querySelectorAll(".copy")) {
		const pre = block.querySelector("pre");
		const made = button("copy", () => {
			getSelection().selectAllChildren(pre);
			made.textContent = document.execCommand("copy") ? "copied" : "selected";
		});
		block.querySelector("h4").append(" ", made);
	}

	/* Paper shows what is folded on the screen. */
	addEventListener("beforeprint", () => {
		for (const details of document.querySelectorAll("details")) {
			details.open = true;
		}
	});
})();
