/** ms between two cancellations, and how many there are before the connection is cut. */
const AGAIN_MS = 500;
const TIMES = 10;

/**
 * Cancels a request when the signal aborts, again and again until `settled` is called: the server may not have it yet. One
 * that does not end is cut off.
 */
export function cancelOnAbort(cancel: () => void, cut: () => void, signal?: AbortSignal): { settled(): void } {
  let timer: NodeJS.Timeout | undefined;
  let times = 0;
  const again = () => {
    if (times++ === TIMES) return cut();
    cancel();
    timer = setTimeout(again, AGAIN_MS);
  };
  signal?.addEventListener('abort', again);
  return {
    settled() {
      signal?.removeEventListener('abort', again);
      clearTimeout(timer);
    },
  };
}
