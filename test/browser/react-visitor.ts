import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { linkMailedTo } from './mails.ts';
import { API } from './stage.ts';

/** A request that SuperTokens' pages sent to the API. */
export interface ApiCall {
  /** Method and path. */
  readonly route: string;
  readonly status: number;
}

/**
 * An error of supertokens-auth-react 0.51.3 that shows nothing to the user. Signing out can first refresh the token. The SDK then
 * reads the new token while signing out removes it.
 */
const SIGNED_OUT_MEANWHILE = 'No session exists';

/** A user of the React example, in one tab. */
export class ReactVisitor {
  readonly page: Page;
  readonly website: string;
  readonly email = `${randomUUID()}@example.com`;
  /** The API's responses, the oldest first. */
  readonly calls: ApiCall[] = [];
  /** Errors of the page's script. */
  readonly complaints: string[] = [];

  private constructor(page: Page, website: string) {
    this.page = page;
    this.website = website;
    // Sooner than jest gives up, so that a failure names what was waited for.
    page.setDefaultTimeout(45_000);
    page.on('pageerror', ({ message }) => {
      if (message !== SIGNED_OUT_MEANWHILE) this.complaints.push(message);
    });
    page.on('response', (response) => {
      const { origin, pathname } = new URL(response.url());
      if (origin === API)
        this.calls.push({ route: `${response.request().method()} ${pathname}`, status: response.status() });
    });
  }

  static async open(context: BrowserContext, website: string): Promise<ReactVisitor> {
    const visitor = new ReactVisitor(await context.newPage(), website);
    await visitor.page.goto(website);
    return visitor;
  }

  /** The API's responses that are errors, but for the 401 that makes the SDK refresh, or says that there is no session. */
  failures = (): readonly ApiCall[] => this.calls.filter(({ status }) => status >= 400 && status !== 401);
  press = (name: string): Promise<void> => this.page.getByRole('button', { name, exact: true }).click();
  /** A control of SuperTokens' pages that is not a button in the markup. */
  choose = (text: string): Promise<void> => this.page.getByText(text, { exact: true }).click();
  sees = (text: string | RegExp): Promise<void> => this.page.getByText(text).first().waitFor();
  /** @param name as the form sends the field */
  fill = (name: 'email' | 'password' | 'confirm-password' | 'userInputCode', text: string): Promise<void> =>
    this.page.locator(`input[name="${name}"]`).fill(text);

  async signUp(password: string): Promise<void> {
    await this.choose('Sign Up');
    await this.fill('email', this.email);
    await this.fill('password', password);
    await this.press('SIGN UP');
  }

  /** @param email the user's, if it is not the visitor's */
  async signIn(password: string, email = this.email): Promise<void> {
    await this.fill('email', email);
    // The page asks for the password once it knows that the e-mail has one.
    if (!(await this.page.locator('input[name="password"]').isVisible())) await this.press('CONTINUE');
    await this.fill('password', password);
    await this.press('CONTINUE');
  }

  async enterCode(code: string): Promise<void> {
    await this.fill('userInputCode', code);
    await this.press('CONTINUE');
  }

  /** @param choice the button on the provider's page, or its beginning */
  async signInWithProvider(choice: string): Promise<void> {
    await this.press('Continue with Local provider');
    await this.page.getByRole('button', { name: choice }).click();
  }

  /** @param email the user's, if it is not the visitor's */
  async confirmEmail(email = this.email): Promise<void> {
    await this.sees('Verify your email!');
    await this.page.goto(await linkMailedTo(email, `${this.website}/auth/verify-email`));
    await this.sees('Email verification successful!');
    await this.press('CONTINUE');
  }

  /** What the account page says under a heading, such as `Roles`. */
  async account(term: 'User' | 'Session' | 'Roles'): Promise<string> {
    return this.page.locator(`dt:text-is("${term}") + dd`).innerText();
  }

  async signOut(): Promise<void> {
    await this.press('Sign out');
    await this.page.locator('input[name="email"]').waitFor();
  }
}
