import type { Api } from './api.ts';
import { deviceName } from './device-name.ts';
import { byId, make } from './dom.ts';
import { once } from './outcome.ts';

/** A session as `GET /sessions` tells of it; times in ms. */
interface Device {
  readonly sessionHandle: string;
  readonly created: number;
  readonly lastRefreshed: number;
  readonly userAgent?: string;
  readonly isCurrent: boolean;
}

interface DevicePage {
  readonly sessions: readonly Device[];
  /** Absent on the last page. */
  readonly next?: string;
}

type Revoke = (handle: string, name: string) => Promise<void>;

/**
 * Lists where the user is logged in.
 * @param revoke what the button next to a session does
 * @throws as {@link Api.call} does
 */
export async function showDevices(api: Api, revoke: Revoke): Promise<void> {
  const list = byId('devices', HTMLElement);
  const { sessions, next } = await pageOf(api);
  list.replaceChildren(...sessions.map((device) => lineOf(device, revoke)));
  addMore(next);

  /** A button for the next page, below the sessions that are shown. */
  function addMore(after: string | undefined): void {
    if (after === undefined) return;
    const button = make('button', { type: 'button' }, 'Show more');
    const line = make('li', {}, button);
    const showMore = async () => {
      const page = await pageOf(api, after);
      line.remove();
      list.append(...page.sessions.map((device) => lineOf(device, revoke)));
      addMore(page.next);
    };
    button.addEventListener('click', () => void once(button, showMore));
    list.append(line);
  }
}

const pageOf = async (api: Api, after?: string): Promise<DevicePage> =>
  (await api.call('GET', after === undefined ? '/sessions' : `/sessions?after=${after}`)) as unknown as DevicePage;

function lineOf(device: Device, revoke: Revoke): HTMLLIElement {
  const { sessionHandle, created, lastRefreshed, isCurrent } = device;
  const name = deviceName(device.userAgent);
  const times = `since ${timeText(created)}${lastRefreshed > created ? `, refreshed ${timeText(lastRefreshed)}` : ''}`;
  const button = make('button', { type: 'button' }, 'Revoke');
  button.setAttribute('aria-label', `Revoke ${name}, ${times}${isCurrent ? ' (this browser)' : ''}`);
  button.addEventListener('click', () => void once(button, () => revoke(sessionHandle, name)));
  const title = make('p', {}, make('strong', {}, name));
  if (isCurrent) title.append(' ', make('span', { className: 'badge' }, 'this browser'));
  return make(
    'li',
    {},
    make('div', {}, title, make('p', { className: 'muted' }, times), make('code', {}, sessionHandle)),
    button,
  );
}

/** With seconds: in a demo everything is from just now. */
function timeText(time: number): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  const clock = date.toLocaleTimeString([], { hour12: false });
  return isToday ? clock : `${date.toLocaleDateString()} ${clock}`;
}
