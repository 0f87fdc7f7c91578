/**
 * The addresses of the cores in a connection URI, without a slash at their ends.
 * @param connectionUri addresses separated by `;`
 */
export const coreAddresses = (connectionUri: string): string[] =>
  connectionUri.split(';').map((address) => address.trim().replace(/\/+$/, ''));
