// SPDX-License-Identifier: BSD-2-Clause
// One press of the button, one fetch, one row of the table. The query says
// how long a fetch may take: ?patience=MILLISECONDS.
"use strict";

const FILES = ["first.txt", "second.txt"];
const patience = Number(new URLSearchParams(location.search).get("patience"));
const rows = document.querySelector("tbody");

function protocol(url) {
	const entries = performance.getEntriesByName(url, "resource");
	return entries.length ? entries.at(-1).nextHopProtocol : "";
}

async function ask(url) {
	try {
		const response = await fetch(url, {
			cache: "no-store",
			signal: AbortSignal.timeout(patience),
		});
		return response.ok ? (await response.text()).trim()
			: `status ${response.status}`;
	} catch (error) {
		return error.name;
	}
}

function show(texts) {
	const row = rows.insertRow();
	for (const text of texts)
		row.insertCell().textContent = text;
}

document.querySelector("button").addEventListener("click", async () => {
	const file = FILES[rows.rows.length];
	const url = new URL(file, location).href;
	show([file, await ask(url), protocol(url)]);
});
