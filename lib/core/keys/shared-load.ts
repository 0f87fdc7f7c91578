/**
 * Makes calls that come together share one load. Each request has time of its own, and the load ends with the time of the
 * request that began it. So a call that joined a failed load starts another one, in its own request's time.
 */
export function shareLoad<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  const share = (): Promise<T> => {
    if (loading !== undefined) return loading.catch(share);
    loading = load().finally(() => {
      loading = undefined;
    });
    return loading;
  };
  return share;
}
