import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import type { TransferMethod } from '../fixtures/client.ts';
import { PASSWORD } from '../fixtures/log-in.ts';
import { hasExample } from '../fixtures/own-service.ts';

/** What a refresh is in the log. */
export const REFRESH = 'POST /auth/session/refresh';

/** A line of the page's log. */
export interface LogLine {
  readonly actor: string;
  /** Method, path and status; empty if nothing was sent. */
  readonly request: string;
}

/** A user of the demo page in one tab. */
export class Visitor {
  readonly page: Page;
  readonly email = `${randomUUID()}@example.com`;
  readonly password = PASSWORD;
  /** What the browser has against the page: errors of its script, and breaches of its policy. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    // Sooner than jest gives up, so that a failure names what was waited for.
    page.setDefaultTimeout(45_000);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) this.complaints.push(message.text());
    });
  }

  /**
   * Opens the page in a new tab.
   * @param transfer how the tokens are to travel; as the browser has it if absent
   * @param before is done to the tab first
   */
  static async open(
    context: BrowserContext,
    url: string,
    transfer?: TransferMethod,
    before: (page: Page) => Promise<void> = async () => undefined,
  ): Promise<Visitor> {
    const visitor = new Visitor(await context.newPage());
    await before(visitor.page);
    await visitor.page.goto(url);
    if (transfer !== undefined) await visitor.choose(transfer);
    return visitor;
  }

  button = (name: string | RegExp) => this.page.getByRole('button', { name, exact: typeof name === 'string' });
  press = (name: string | RegExp): Promise<void> => this.button(name).click();
  outcome = () => this.page.getByRole('status');

  /** Waits until the page says so. */
  async hears(text: string): Promise<void> {
    await this.outcome().filter({ hasText: text }).waitFor();
  }

  async choose(transfer: TransferMethod): Promise<void> {
    const name = transfer === 'cookie' ? 'Cookies' : 'Headers';
    await this.press(name);
    await this.page.getByRole('button', { name, pressed: true }).waitFor();
    // The first question of the SDK, whether there is a session, is answered.
    await this.button('Sign up').waitFor();
  }

  async fillIn(password = this.password): Promise<void> {
    await this.page.getByLabel('E-mail', { exact: true }).fill(this.email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
  }

  async signUp(): Promise<void> {
    await this.fillIn();
    await this.press('Sign up');
    await this.hears('Signed up');
    await this.devices().first().waitFor();
  }

  /** Calls a protected route: the example's, which stores a like, or else one of the engine's. */
  async callProtectedRoute(): Promise<void> {
    await this.press(hasExample ? 'Like' : 'Call the API');
    await this.hears(hasExample ? 'Liked' : 'The API knows you');
  }

  devices = () => this.page.locator('#devices > li');

  async untilExpired(): Promise<void> {
    await this.page.getByRole('timer').filter({ hasText: 'expired' }).waitFor();
  }

  /** The newest lines of the log, the newest first. */
  async log(count: number): Promise<LogLine[]> {
    return (await this.wholeLog()).slice(0, count);
  }

  async wholeLog(): Promise<LogLine[]> {
    return this.page.locator('#log > li').evaluateAll((lines) =>
      lines.map((line) => ({
        actor: line.querySelector('.actor')?.textContent ?? '',
        request: line.querySelector('.request')?.textContent ?? '',
      })),
    );
  }
}
