const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Whether no one on the network can change the response of the URL, because it is https or on this machine. */
export function isSecureUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}
