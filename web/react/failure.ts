import { API_DOMAIN } from './settings.ts';

/**
 * Shows an error that no error boundary has caught. React leaves an empty page after it. In development, the API most often
 * does not run, or does not allow this website.
 */
export function showFailure(error: unknown): void {
  console.error(error);
  const failure = document.createElement('p');
  failure.setAttribute('role', 'alert');
  failure.textContent = `${error}. Does the API at ${API_DOMAIN} run, and does it allow ${location.origin}?`;
  document.body.append(failure);
}
