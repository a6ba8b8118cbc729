/**
 * The script of every page: search over tables and columns, which it shows, and the part about a column, which it opens. The
 * pages are complete without it. What it finds is set as text, never as HTML.
 */
export const searchScript = `
const entries = JSON.parse(document.getElementById('index').textContent);
const box = document.querySelector('search');
const input = box.querySelector('input');
const list = box.querySelector('ul');
const said = box.querySelector('[role=status]');
const most = 12;
box.hidden = false;

function find(text) {
	const words = text.toLowerCase().split(/[\\s.]+/).filter(Boolean);
	if (words.length === 0) return [];
	const found = [];
	for (const [address, name, about, columns] of entries) {
		const own = name.toLowerCase();
		const inName = words.filter((word) => own.includes(word)).length;
		const inAbout = words.filter((word) => own.includes(word) || about.toLowerCase().includes(word)).length;
		if (inName === words.length) found.push({ rank: own === words.join('_') ? 0 : own.startsWith(words[0]) ? 1 : 2, address, name, about });
		else if (inAbout === words.length) found.push({ rank: 5, address, name, about });
		for (const column of columns) {
			const text = column.toLowerCase();
			if (!words.every((word) => text.includes(word) || own.includes(word)) || !words.some((word) => text.includes(word))) continue;
			found.push({ rank: text === words.at(-1) ? 3 : 4, address: address + '#column-' + column, name: name + '.' + column, about: 'Column' });
		}
	}
	return found.sort((a, b) => a.rank - b.rank);
}

function show() {
	const found = find(input.value);
	list.replaceChildren(...found.slice(0, most).map(({ address, name, about }) => {
		const link = document.createElement('a');
		const note = document.createElement('small');
		link.href = address;
		link.textContent = name;
		note.textContent = about;
		link.append(note);
		const item = document.createElement('li');
		item.append(link);
		return item;
	}));
	said.textContent = input.value.trim() === '' ? '' : found.length === 0 ? 'Nothing found' : found.length + ' found' + (found.length > most ? ', ' + most + ' shown' : '');
}

function close() {
	list.replaceChildren();
	said.textContent = '';
}

input.addEventListener('input', show);
input.addEventListener('focus', show);
box.addEventListener('keydown', (event) => {
	const links = [...list.querySelectorAll('a')];
	const place = links.indexOf(document.activeElement);
	if (event.key === 'Escape') {
		input.value = '';
		close();
		input.focus();
	} else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
		event.preventDefault();
		const next = place + (event.key === 'ArrowDown' ? 1 : -1);
		(links[next] ?? (next < 0 ? input : links[place]))?.focus();
	} else if (event.key === 'Enter' && document.activeElement === input) {
		event.preventDefault();
		links[0]?.click();
	}
});
box.addEventListener('focusout', (event) => {
	if (!box.contains(event.relatedTarget)) close();
});
document.addEventListener('keydown', (event) => {
	if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
	event.preventDefault();
	input.focus();
});

function openTarget() {
	const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
	const part = target && target.closest('details');
	if (!part) return;
	part.open = true;
	part.scrollIntoView();
}
addEventListener('hashchange', openTarget);
openTarget();
list.addEventListener('click', () => {
	input.value = '';
	close();
});
`;
