const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Whether nobody on the way can change what the URL answers: it is https, or on this machine. */
export function isSecureUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}
