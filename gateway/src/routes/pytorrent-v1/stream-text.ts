import { setImmediate as nextTurn } from "node:timers/promises";
import type { Log } from "../../log.ts";

/** Text as a body that is made while it is read: nothing is made before somebody reads, or after nobody does any more. */
export function streamText(texts: AsyncGenerator<string>, log: Log): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          // A database in this process answers at once: without a break nobody else would be heard.
          await nextTurn();
          const { done, value } = await texts.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (cause) {
          log.error("Could not go on with an answer", { cause });
          controller.error(cause);
        }
      },
      async cancel() {
        await texts.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
