/* SPDX-License-Identifier: ISC */
/* The operator's page. Whatever came with a message is text: it is put into the page by
 * textContent alone, shortened, and with the characters that steer a line made visible. */
"use strict";
(() => {
	const $ = (id) => document.getElementById(id);
	const HUNG_MS = 10000, PREVIEW = 16384, TEXT = 200, EVENTS = 100, PAGE = 50;

	/* ---- text ---- */

	const ODD = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
	const visible = (text) => String(text).replace(ODD, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
	const shown = (text, most = TEXT) => {
		const all = [...String(text ?? "").slice(0, most * 2 + 2)];
		const cut = all.length > most;
		return visible(all.slice(0, most).join("")) + (cut ? "…" : "");
	};
	const span = (ms) => ms < 1000 ? `${Math.round(ms)} ms` : ms < 120e3 ? `${Math.floor(ms / 1000)} s`
		: ms < 7200e3 ? `${Math.floor(ms / 60e3)} min` : ms < 48 * 3600e3 ? `${Math.floor(ms / 3600e3)} h` : `${Math.floor(ms / 86400e3)} d`;
	const size = (n) => {
		let unit = 0;
		for (; n >= 1024 && unit < 4; unit++)
			n /= 1024;
		return `${unit && n < 10 ? n.toFixed(1) : Math.round(n)} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
	};
	const when = (text) => text && text !== "-" ? new Date(text).toLocaleString() : "–";

	const make = (tag, text, attributes = {}) => {
		const e = document.createElement(tag);
		if (text !== undefined)
			e.textContent = text;
		for (const [key, value] of Object.entries(attributes))
			e.setAttribute(key, value);
		return e;
	};
	/* What a message says of itself does not turn the line around it. */
	const foreign = (text, most) => make("bdi", shown(text, most));
	const cell = (row, content, tag = "td") => {
		const td = make(tag);
		td.append(content);
		row.append(td);
		return td;
	};
	const button = (text, label, press, kind) => {
		const b = make("button", text, { type: "button" });
		if (label)
			b.setAttribute("aria-label", label);
		if (kind)
			b.className = kind;
		b.addEventListener("click", press);
		return b;
	};
	const say = (text) => { $("said").textContent = text; };
	const trouble = (text) => {
		$("trouble").textContent = text;
		$("trouble").hidden = !text;
	};
	const setText = (e, text) => {
		if (e.textContent !== text)
			e.textContent = text;
	};

	/* ---- the service ---- */

	const headers = () => {
		const token = sessionStorage.getItem("token");
		return token ? { Authorization: `Bearer ${token}` } : {};
	};
	const ask = async (method, path, body, signal) => {
		const answer = await fetch(path, { method, body, headers: headers(), signal, cache: "no-store" });
		if (answer.status === 401)
			$("token").showModal();
		return answer;
	};
	const problem = async (answer) => {
		try {
			const p = await answer.json();
			return shown(p.detail || p.title, 400);
		} catch {
			return `the service answers ${answer.status}`;
		}
	};
	const json = async (path) => {
		const answer = await ask("GET", path);
		if (!answer.ok)
			throw new Error(await problem(answer));
		return answer.json();
	};
	/* True: done; else why not is told. */
	const change = async (method, path, where = trouble) => {
		try {
			const answer = await ask(method, path);
			where(answer.ok ? "" : await problem(answer));
			return answer.ok;
		} catch (e) {
			where(`The service is not reached: ${e.message}`);
			return false;
		}
	};
	const sure = (text) => new Promise((resolve) => {
		const dialog = $("sure");
		let yes = false;
		$("sure-head").textContent = text;
		$("sure-yes").onclick = () => { yes = true; dialog.close(); };
		$("sure-no").onclick = () => dialog.close();
		dialog.onclose = () => resolve(yes);
		dialog.showModal();
		$("sure-no").focus();
	});

	/* ---- is mail flowing ---- */

	let paused = false;
	const sum = (o) => typeof o === "number" ? o : Object.values(o ?? {}).reduce((a, b) => a + b, 0);

	const showFlow = (s, workers) => {
		const hung = workers.filter(isHung).length;
		let text = s.ready ? "Mail is flowing" : `No mail is taken: ${shown(s.unready.join("; "))}`;
		if (hung)
			text += ` – ${hung} worker${hung > 1 ? "s hang" : " hangs"}`;
		setText($("flow"), text);
		$("flow").dataset.flow = !s.ready ? "no" : hung ? "hung" : "yes";
		document.title = `${s.ready && !hung ? "" : "! "}Bulkhead`;
		paused = s.paused;
		setText($("pause"), paused ? "Resume intake" : "Pause intake");
		$("pause").disabled = s.draining;
	};
	const showNumbers = (s) => {
		const n = s.numbers, q = n.queue_messages ?? {}, m = n.messages ?? {};
		const failed = Object.entries(m).filter(([k]) => !["done", "passed", "infrastructure"].includes(k)).reduce((a, [, v]) => a + v, 0);
		const rows = [
			["not taken yet", q.backlog ?? 0], ["in hand", sum(q) - (q.backlog ?? 0) - (q.left ?? 0)],
			["oldest", span((n.queue_oldest_seconds ?? 0) * 1000)], ["converted", m.done ?? 0], ["passed through", m.passed ?? 0],
			["failed", failed], ["workers busy", `${n.workers?.busy ?? 0} of ${s.workers}`], ["half take at most", s.times.converting_seconds?.p50_at_most == null ? "–" : span(s.times.converting_seconds.p50_at_most * 1000)],
		];
		const list = $("numbers");
		while (list.children.length < rows.length) {
			const div = make("div");
			div.append(make("dt"), make("dd"));
			list.append(div);
		}
		rows.forEach(([name, value], i) => {
			setText(list.children[i].children[0], name);
			setText(list.children[i].children[1], String(value));
		});
	};
	const showAges = (ages) => {
		const names = { under_1s: "under 1 s", under_5s: "to 5 s", under_30s: "to 30 s", under_5m: "to 5 min", under_1h: "to 1 h", older: "older" };
		const head = make("tr"), row = make("tr");
		for (const [key, name] of Object.entries(names)) {
			head.append(make("th", name, { scope: "col" }));
			row.append(make("td", String(ages[key] ?? 0)));
		}
		$("ages").tHead.replaceChildren(head);
		$("ages").tBodies[0].replaceChildren(row);
	};

	/* ---- tables that live: rows are kept, so that the keyboard stays where it is ---- */

	const keyed = (table, items, key, create, update) => {
		const body = $(table).tBodies[0], known = new Map([...body.rows].map((r) => [r.dataset.key, r]));
		items.forEach((item, i) => {
			const k = String(key(item));
			let row = known.get(k);
			if (!row) {
				row = make("tr");
				row.dataset.key = k;
				create(row, item);
			}
			known.delete(k);
			update(row, item);
			if (body.rows[i] !== row)
				body.insertBefore(row, body.rows[i] ?? null);
		});
		for (const row of known.values())
			row.remove();
	};

	/* A worker that has had its message for long and used no processor is what an operator
	 * looks for. */
	const isHung = (w) => w.message && w.since_ms >= HUNG_MS && w.message_cpu_ms * 20 < w.since_ms;
	const showWorkers = (workers) => keyed("workers", workers, (w) => w.worker, (row, w) => {
		cell(row, String(w.worker), "th").scope = "row";
		for (let i = 0; i < 2; i++)
			cell(row, "");
		cell(row, make("meter", "", { min: 0, max: 100, "aria-label": `processor share of worker ${w.worker}` }));
		for (let i = 0; i < 3; i++)
			cell(row, "");
		cell(row, button("Kill", `Kill worker ${w.worker}`, async () => {
			if (await sure(`Kill worker ${w.worker}? Its message is tried again, or becomes a dead letter.`))
				if (await change("DELETE", `/v1/workers/${w.worker}`))
					say(`Worker ${w.worker} is killed and replaced`);
		}));
	}, (row, w) => {
		const share = w.message && w.since_ms ? Math.min(100, Math.round(100 * w.message_cpu_ms / w.since_ms)) : 0;
		const c = row.cells, hung = isHung(w);
		row.classList.toggle("hung", Boolean(hung));
		setText(c[1], hung ? "⚠ hangs" : shown(w.state));
		setText(c[2], span(w.since_ms));
		c[3].firstChild.value = share;
		c[3].firstChild.textContent = `${share} %`;
		setText(c[4], size(w.resident_bytes));
		setText(c[5], String(w.served));
		const text = w.message ? (hung ? `no processor time for ${span(w.since_ms)}: ` : "") : "–";
		if (c[6].dataset.text !== text + w.message) {
			c[6].dataset.text = text + w.message;
			c[6].replaceChildren(text, w.message ? foreign(w.file || w.message) : "");
		}
		c[7].firstChild.disabled = !["idle", "busy"].includes(w.state);
	});

	const queueDo = async (verb, m) => {
		if (verb !== "hold" && !await sure(`${verb === "remove" ? "Remove" : "Return to its sender"}: ${shown(m.file)}?`))
			return;
		if (await change("POST", `/v1/queue/${m.id}/${verb}`)) {
			say(`${shown(m.file)}: ${verb} done`);
			loadGroups();
		}
	};
	const showQueue = (queue) => {
		keyed("queue", queue.messages.slice(0, PAGE), (m) => m.id, (row, m) => {
			cell(row, foreign(m.file), "th").scope = "row";
			for (let i = 0; i < 5; i++)
				cell(row, "");
			const actions = make("div", "", { class: "actions" });
			for (const [verb, name] of [["hold", "Hold"], ["return", "Return"], ["remove", "Remove"]])
				actions.append(button(name, `${name} ${shown(m.file, 60)}`, () => queueDo(verb, m)));
			cell(row, actions);
		}, (row, m) => {
			setText(row.cells[1], shown(m.state));
			setText(row.cells[2], span(m.age_ms));
			setText(row.cells[3], m.bytes ? size(m.bytes) : "–");
			if (!row.cells[4].firstChild || row.dataset.sender !== m.sender) {
				row.dataset.sender = m.sender;
				row.cells[4].replaceChildren(foreign(m.sender || "–"));
				row.cells[5].replaceChildren(foreign(m.subject || "–"));
			}
		});
		setText($("queue-more"), queue.all > PAGE ? `and ${queue.all - PAGE} more` : queue.all === 0 ? "none" : "");
	};

	/* ---- charts ---- */

	const CHARTS = [
		{ id: "rate", name: "Messages decided", unit: "a second", rows: [["decided_per_second", "all"], ["failed_per_second", "failed"]] },
		{ id: "latency", name: "Conversion takes at most", unit: "s", rows: [["converting_p50_seconds", "half of them"], ["converting_p95_seconds", "95 of 100"]] },
		{ id: "crashes", name: "Workers lost", unit: "a second", rows: [["worker_losses_per_second", "lost"]] },
		{ id: "backlog", name: "Queue", unit: "messages, s", rows: [["queue_messages", "messages"], ["oldest_seconds", "age of the oldest, s"]] },
	];
	const plots = new Map();
	let history = null;
	const chosen = () => document.querySelector("input[name=span]:checked").value;
	const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
	const columns = (chart) => {
		const h = history[chosen()], n = h.rows[chart.rows[0][0]].length, last = Date.parse(h.last ?? new Date()) / 1000;
		return [Array.from({ length: n }, (_, i) => last - (n - 1 - i) * h.step_s), ...chart.rows.map(([row]) => h.rows[row])];
	};
	/* All of the span, also while little of it has been measured. */
	const reach = () => {
		const h = history[chosen()], last = Date.parse(h.last ?? new Date()) / 1000;
		return [last - h.step_s * (chosen() === "hour" ? 360 : 288), last];
	};
	const number = (v) => v == null ? "none" : String(Math.round(v * 1000) / 1000);
	const pointText = (chart, data, i) => `${new Date(data[0][i] * 1000).toLocaleTimeString()}: ` +
		chart.rows.map(([, name], r) => `${name} ${number(data[r + 1][i])}`).join(", ") + ` ${chart.unit}`;

	const figureOf = (chart) => {
		const figure = make("figure", undefined, { id: `chart-${chart.id}` });
		const caption = make("figcaption", `${chart.name}, ${chart.unit}: `);
		chart.rows.forEach(([, name], i) => caption.append(i ? ", " : "", make("span", `━ ${name}`, { class: i ? "two" : "one" })));
		const plot = make("div", undefined, { class: "plot", tabindex: 0, role: "img", "aria-details": `table-${chart.id}`,
			"aria-label": `${chart.name}, as a line; left and right arrow read the points, a table follows` });
		const hidden = make("div", undefined, { class: "hidden" });
		const table = make("table", undefined, { id: `table-${chart.id}` });
		table.append(make("caption", chart.name), make("thead"), make("tbody"));
		const head = make("tr");
		head.append(make("th", "Time", { scope: "col" }), ...chart.rows.map(([, name]) => make("th", name, { scope: "col" })));
		table.tHead.append(head);
		hidden.append(table);
		figure.append(caption, plot, hidden);
		let at = -1;
		plot.addEventListener("keydown", (e) => {
			const data = columns(chart), n = data[0].length, step = { ArrowLeft: -1, ArrowRight: 1, Home: -n, End: n }[e.key];
			if (!step || !n)
				return;
			e.preventDefault();
			at = Math.max(0, Math.min(n - 1, (at < 0 ? n : at) + step));
			const u = plots.get(chart.id);
			u?.setCursor({ left: u.valToPos(data[0][at], "x"), top: 10 });
			say(pointText(chart, data, at));
		});
		return figure;
	};
	const drawChart = (chart) => {
		const figure = $(`chart-${chart.id}`) ?? $("charts").appendChild(figureOf(chart)), plot = figure.querySelector(".plot");
		const data = columns(chart), axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
		figure.dataset.points = data[0].length;
		figure.dataset.last = history[chosen()].last ?? "";
		let u = plots.get(chart.id);
		if (u)
			u.setData(data);
		else {
			u = new uPlot({
				width: Math.max(plot.clientWidth, 200), height: 180, legend: { show: false },
				axes: [axis, { ...axis, size: 56 }],
				scales: { x: { range: () => reach() }, y: { range: (_, low, high) => [0, Math.max(high ?? 0, 0.001) * 1.1] } },
				series: [{}, ...chart.rows.map(([, name], i) => ({ label: name, stroke: colour(i ? "--two" : "--one"), width: 2, spanGaps: false }))],
			}, data, plot);
			plots.set(chart.id, u);
		}
		/* Not each point: a minute each for the hour, half an hour for the day. */
		const rows = [];
		for (let i = data[0].length - 1; i >= 0; i -= 6) {
			const row = make("tr");
			row.append(make("th", new Date(data[0][i] * 1000).toLocaleTimeString(), { scope: "row" }), ...chart.rows.map((_, r) => make("td", number(data[r + 1][i]))));
			rows.push(row);
		}
		figure.querySelector("tbody").replaceChildren(...rows);
	};
	const draw = () => history && CHARTS.forEach(drawChart);
	const redraw = () => {
		for (const u of plots.values())
			u.destroy();
		plots.clear();
		draw();
	};
	const loadHistory = async () => {
		try {
			history = await json("/v1/history");
			draw();
		} catch { /* the live stream tells of a lost service */ }
	};
	new ResizeObserver(() => {
		for (const [id, u] of plots) {
			const width = $(`chart-${id}`).querySelector(".plot").clientWidth;
			if (width > 0 && width !== u.width)
				u.setSize({ width, height: 180 });
		}
	}).observe($("charts"));
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
	for (const radio of document.querySelectorAll("input[name=span]"))
		radio.addEventListener("change", redraw);

	/* ---- dead letters ---- */

	let group = null, last = null;
	const groupDo = async (verb, g) => {
		if (!await sure(`${verb === "retry" ? "Retry" : "Remove"} all ${g.count} of ${shown(g.verdict)} ${g.group}?`))
			return;
		if (await change("POST", `/v1/dead-groups/${g.group}/${verb}`))
			say(`${verb} of ${g.count} done`);
		loadGroups();
	};
	const loadGroups = async () => {
		try {
			const { groups } = await json("/v1/dead-groups");
			const rows = groups.map((g) => {
				const row = make("tr");
				row.dataset.group = g.group;
				cell(row, button(shown(g.verdict), `Show the ${g.count} letters of ${shown(g.verdict)} ${g.group}`, () => openGroup(g), "link"), "th").scope = "row";
				cell(row, g.group);
				cell(row, String(g.count));
				cell(row, when(g.last));
				cell(row, foreign(g.sender || "–"));
				cell(row, foreign(g.reason || "–"));
				const actions = make("div", undefined, { class: "actions" });
				actions.append(button("Retry all", `Retry all of ${g.group}`, () => groupDo("retry", g)),
					button("Remove all", `Remove all of ${g.group}`, () => groupDo("remove", g), "danger"));
				cell(row, actions);
				return row;
			});
			if (!rows.length)
				rows.push(make("tr"));
			if (!groups.length)
				cell(rows[0], "none").colSpan = 7;
			$("groups").tBodies[0].replaceChildren(...rows);
			if (group)
				await loadLetters(false);
		} catch (e) {
			trouble(`Dead letters: ${e.message}`);
		}
	};
	const loadLetters = async (more) => {
		const from = more && last ? `&before=${last}` : "";
		const page = await json(`/v1/dead?limit=${PAGE}&group=${encodeURIComponent(group.group)}${from}`);
		const rows = page.letters.map((l) => {
			const row = make("tr");
			row.dataset.id = l.id;
			cell(row, button(shown(l.file), undefined, () => openLetter(l), "link"), "th").scope = "row";
			cell(row, when(l.died));
			cell(row, shown(l.verdict) + (l.held ? " (held)" : ""));
			cell(row, foreign(l.sender || "–"));
			cell(row, foreign(l.subject || "–"));
			return row;
		});
		last = page.last ?? null;
		if (more)
			$("letters").tBodies[0].append(...rows);
		else
			$("letters").tBodies[0].replaceChildren(...rows);
		$("letters-more").hidden = page.letters.length < PAGE;
		$("letters-region").hidden = !more && rows.length === 0;
		$("letters").caption.textContent = `Letters of ${shown(group.verdict)} ${group.group}, the latest first`;
	};
	const openGroup = async (g) => {
		group = g;
		last = null;
		try {
			await loadLetters(false);
			$("letters").querySelector("button")?.focus();
		} catch (e) {
			trouble(`Dead letters: ${e.message}`);
		}
	};

	/* Bytes as a person can read them: text as text, anything else as numbers beside it. */
	const readable = (bytes) => {
		let text = new TextDecoder("utf-8").decode(bytes);
		const odd = (text.match(/[\u0000-\u0008\u000e-\u001f\ufffd]/g) ?? []).length;
		if (odd * 20 < text.length || !text.length)
			return text.split(/\r?\n/).map((line) => visible(line.replaceAll("\t", "    "))).join("\n");
		const lines = [];
		for (let i = 0; i < Math.min(bytes.length, 4096); i += 16) {
			const part = [...bytes.subarray(i, i + 16)];
			lines.push(`${i.toString(16).padStart(6, "0")}  ${part.map((b) => b.toString(16).padStart(2, "0")).join(" ").padEnd(47)}  ` +
				part.map((b) => b > 0x1f && b < 0x7f ? String.fromCharCode(b) : ".").join(""));
		}
		return lines.join("\n");
	};
	/* The first bytes; the rest is not asked for. */
	const preview = async (path) => {
		const stop = new AbortController(), answer = await ask("GET", path, undefined, stop.signal);
		if (!answer.ok)
			return problem(answer);
		const reader = answer.body.getReader();
		let have = new Uint8Array(0);
		for (;;) {
			const { done, value } = await reader.read();
			if (done)
				break;
			const more = new Uint8Array(Math.min(PREVIEW, have.length + value.length));
			more.set(have);
			more.set(value.subarray(0, more.length - have.length), have.length);
			have = more;
			if (have.length >= PREVIEW) {
				stop.abort();
				break;
			}
		}
		return readable(have) + (have.length >= PREVIEW ? "\n…" : "");
	};

	let letter = null;
	const letterTrouble = (text) => {
		$("letter-trouble").textContent = text;
		$("letter-trouble").hidden = !text;
	};
	const stackOf = (worker) => {
		const frames = worker?.stack ?? worker?.frames;
		if (!Array.isArray(frames) || !frames.length)
			return worker?.stack_missing ?? "no stack";
		return frames.map((f, i) => `#${i} ` + (typeof f === "string" ? f : [f.function ?? f.symbol ?? "", f.file ? `${f.file}:${f.line ?? ""}` : "", `${f.module ?? ""}+${f.offset ?? f.address ?? ""}`].filter(Boolean).join("  "))).map(visible).join("\n");
	};
	const openLetter = async (l) => {
		letter = l;
		letterTrouble("");
		$("letter-head").replaceChildren(foreign(l.subject || l.file));
		const facts = $("letter-facts");
		facts.replaceChildren();
		const fact = (name, value) => {
			if (value === undefined || value === null || value === "")
				return;
			const dd = make("dd");
			dd.append(foreign(value, 1000));
			facts.append(make("dt", name), dd);
		};
		for (const [name, key] of [["Id", "id"], ["File", "file"], ["Folder", "folder"], ["Verdict", "verdict"], ["Reason", "reason"], ["Sender", "sender"], ["Subject", "subject"], ["Message-ID", "message_id"], ["Signature", "group"], ["Died", "died"]])
			fact(name, l[key]);
		fact("Size", size(l.bytes));
		$("letter-stack").textContent = $("letter-report").textContent = $("letter-preview").textContent = "…";
		$("letter-notes").replaceChildren();
		if (!$("letter").open)
			$("letter").showModal();
		$("letter-head").focus();
		try {
			const { report } = await json(`/v1/dead/${l.id}`);
			fact("Crashes", report?.charges?.crash ?? report?.crashes);
			fact("Processor time, ms", report?.cpu_ms);
			$("letter-stack").textContent = stackOf(report?.worker);
			$("letter-report").textContent = visible(JSON.stringify(report ?? {}, null, 2)).replaceAll("\\u000a", "\n");
			const notes = report?.notes ?? [];
			for (const n of notes.slice(0, 100))
				$("letter-notes").append(make("li", shown([n.kind, n.part, n.what, n.reason].filter(Boolean).join(": "), 400)));
			if (!notes.length)
				$("letter-notes").append(make("li", "none"));
			$("letter-preview").textContent = await preview(`/v1/dead/${l.id}/message`);
		} catch (e) {
			letterTrouble(e.message);
		}
	};
	const download = async (l) => {
		const answer = await ask("GET", `/v1/dead/${l.id}/message`);
		if (!answer.ok) {
			letterTrouble(await problem(answer));
			return;
		}
		offer(await answer.blob(), l.file);
	};
	const offer = (blob, name) => {
		const link = make("a", undefined, { download: visible(name).replace(/[/\\]/g, "_").slice(-120) });
		link.href = URL.createObjectURL(blob);
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), 60000);
	};
	$("letter-actions").addEventListener("click", async (e) => {
		const verb = e.target.dataset.do, l = letter;
		if (!verb || verb === "close") {
			if (verb)
				$("letter").close();
			return;
		}
		if (verb === "download") {
			await download(l);
			return;
		}
		if ((verb === "remove" || verb === "return") && !await sure(verb === "remove" ? "Remove it for good?" : "Tell its sender that it was not delivered?"))
			return;
		const ok = verb === "remove" ? await change("DELETE", `/v1/dead/${l.id}`, letterTrouble) : await change("POST", `/v1/dead/${l.id}/${verb}`, letterTrouble);
		if (!ok)
			return;
		$("letter").close();
		say(`${shown(l.file)}: ${verb} done`);
		await loadGroups();
	});
	$("letters-more").addEventListener("click", () => loadLetters(true));
	$("dead-refresh").addEventListener("click", loadGroups);

	/* ---- a file to convert ---- */

	const tell = (...parts) => $("converted").replaceChildren(...parts);
	const job = async (place) => {
		for (;;) {
			const about = await json(place);
			if (about.state !== "running")
				return about;
			await new Promise((go) => setTimeout(go, 1000));
		}
	};
	const convert = async (file) => {
		const to = $("to").value, name = file.name.slice(-200);
		tell("Converting ", foreign(name), " …");
		try {
			let answer = await ask("POST", `/v1/convert?to=${to}&name=${encodeURIComponent(name)}`, file);
			let verdict = answer.headers.get("X-Bulkhead-Verdict"), notes = answer.headers.get("X-Bulkhead-Notes");
			if (answer.status === 202) {
				const about = await job(answer.headers.get("Location"));
				verdict = about.verdict;
				notes = Object.entries(about.notes ?? {}).map(([k, v]) => `${k}=${v}`).join(", ");
				if (!about.result) {
					tell(foreign(name), ` – ${shown(about.verdict)}: `, foreign(about.reason));
					return;
				}
				answer = await ask("GET", about.result);
			}
			if (!answer.ok) {
				const p = await answer.json();
				tell(foreign(name), ` – ${shown(p.verdict ?? p.title)}: `, foreign(p.detail ?? p.reason, 400));
				return;
			}
			const blob = await answer.blob(), result = `${name}.${{ mime: "eml", text: "txt", json: "json", ical: "ics", vcard: "vcf" }[to]}`;
			tell(foreign(name), ` – ${shown(verdict)}; notes: ${shown(notes)}; ${size(blob.size)} `,
				button("Save the result", undefined, () => offer(blob, result)),
				make("pre", readable(new Uint8Array(await blob.slice(0, 4096).arrayBuffer())), { tabindex: 0, role: "region", "aria-label": "The result's first bytes" }));
		} catch (e) {
			tell(foreign(name), ` – not converted: ${e.message}`);
		}
	};
	$("file").addEventListener("change", () => $("file").files[0] && convert($("file").files[0]));
	for (const type of ["dragover", "dragleave", "drop"])
		$("drop").addEventListener(type, (e) => {
			e.preventDefault();
			$("drop").classList.toggle("over", type === "dragover");
			if (type === "drop" && e.dataTransfer.files[0])
				convert(e.dataTransfer.files[0]);
		});

	/* ---- live: server-sent events, read by fetch, which can send the token ---- */

	const onState = (s) => {
		showFlow(s.status, s.workers.workers);
		showNumbers(s.status);
		showAges(s.queue.ages);
		showWorkers(s.workers.workers);
		showQueue(s.queue);
		trouble("");
		document.body.dataset.turns = Number(document.body.dataset.turns ?? 0) + 1;
	};
	const FAILED = 2450;
	let deadDue = null;
	const onEvent = (e) => {
		const list = $("events");
		const { time, level, event, name, msg, ...rest } = e;
		list.prepend(make("p", shown([time, level, event, name ?? msg, JSON.stringify(rest)].filter(Boolean).join(" "), 400)));
		while (list.children.length > EVENTS)
			list.lastChild.remove();
		if (event === FAILED && !deadDue)
			deadDue = setTimeout(() => { deadDue = null; loadGroups(); }, 1000);
	};
	const onBlock = (block) => {
		let type = "log", data = "";
		for (const line of block.split("\n"))
			if (line.startsWith("event: "))
				type = line.slice(7);
			else if (line.startsWith("data: "))
				data += line.slice(6);
		if (!data)
			return;
		if (type === "state")
			onState(JSON.parse(data));
		else if (type === "log")
			onEvent(JSON.parse(data));
	};
	const follow = async () => {
		const answer = await ask("GET", "/v1/events?state=1");
		if (!answer.ok)
			throw new Error(await problem(answer));
		const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
		for (let text = ""; ;) {
			const { done, value } = await reader.read();
			if (done)
				throw new Error("the service has ended the connection");
			const blocks = (text + value).split("\n\n");
			text = blocks.pop();
			blocks.forEach(onBlock);
		}
	};
	const live = async () => {
		for (let pause = 1000; ; pause = Math.min(pause * 2, 10000)) {
			const began = Date.now();
			try {
				await follow();
			} catch (e) {
				trouble(`No news from the service: ${e.message}. Trying again.`);
				setText($("flow"), "Nothing is known");
				$("flow").dataset.flow = "no";
			}
			if (Date.now() - began > 10000)
				pause = 1000;
			await new Promise((go) => setTimeout(go, pause));
		}
	};
	$("pause").addEventListener("click", async () => {
		const verb = paused ? "resume" : "pause";
		if (await change("POST", `/v1/${verb}`))
			say(verb === "pause" ? "Intake is paused" : "Intake goes on");
	});
	$("token-open").addEventListener("click", () => $("token").showModal());
	/* Kept with the key that sends it: "close" is told later, and the next press may be faster. */
	$("token").addEventListener("submit", () => {
		const text = $("token-text").value.trim();
		if (text)
			sessionStorage.setItem("token", text);
	});
	$("token").addEventListener("close", () => {
		$("token-text").value = "";
		trouble("");
		loadHistory();
		loadGroups();
	});
	live();
	loadHistory();
	loadGroups();
	setInterval(loadHistory, 10000);
})();
