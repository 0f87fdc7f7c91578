/** A refresh token as the user copied it out of developer tools: perhaps the whole cookie, and with `%2B` for `+`. */
export function pastedToken(text: string): string {
  const value = text
    .trim()
    .replace(/^.*sRefreshToken=/s, '')
    .replace(/;.*$/s, '')
    .trim();
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
