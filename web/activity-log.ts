import type { Entry } from './activity.ts';
import { byId, make } from './dom.ts';

const KEY = 'activity';
/** More than a visitor reads back. */
const MAX_ENTRIES = 60;

/** The log on the page, the newest entry first. It outlives a reload of the tab, and nothing else. */
export function createActivityLog(): { add(entry: Entry): void } {
  const list = byId('log', HTMLOListElement);
  let entries = readEntries();

  const save = (): void => {
    sessionStorage.setItem(KEY, JSON.stringify(entries));
    byId('log-empty', HTMLElement).hidden = entries.length > 0;
  };
  const add = (entry: Entry): void => {
    entries = [...entries, entry].slice(-MAX_ENTRIES);
    list.prepend(lineOf(entry));
    while (list.childElementCount > MAX_ENTRIES) list.lastElementChild?.remove();
    save();
  };
  byId('clear-log', HTMLButtonElement).addEventListener('click', () => {
    entries = [];
    list.replaceChildren();
    save();
  });
  list.replaceChildren(...entries.toReversed().map(lineOf));
  save();
  return { add };
}

function readEntries(): readonly Entry[] {
  return JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as Entry[];
}

function lineOf({ at, actor, request, status, text }: Entry): HTMLLIElement {
  const time = new Date(at);
  const head = make('p', { className: 'request' });
  if (request !== undefined) head.append(make('code', {}, request), ' ');
  if (status !== undefined)
    head.append(make('strong', { className: 'status' }, status === 0 ? 'no answer' : `${status}`));
  const line = make(
    'li',
    {},
    make('p', { className: 'by' }, make('span', { className: 'actor' }, actor), ' ', clockTime(time)),
    ...(head.childNodes.length > 0 ? [head] : []),
    make('p', {}, text),
  );
  line.dataset.actor = actor;
  line.dataset.kind = status === undefined ? 'none' : status > 0 && status < 400 ? 'good' : 'bad';
  return line;
}

const clockTime = (date: Date): HTMLTimeElement =>
  make('time', { dateTime: date.toISOString() }, date.toLocaleTimeString([], { hour12: false }));
