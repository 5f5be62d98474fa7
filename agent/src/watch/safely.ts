/** Calls what a script has handed in: what it throws or rejects with reaches `onError` and nobody else. */
export function safely(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    // Promise.resolve takes thenables of any make.
    Promise.resolve(call()).catch(onError);
  } catch (error) {
    onError(error);
  }
}
