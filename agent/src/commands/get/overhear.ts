import type { Dispatcher } from "undici";
import { headerOf } from "../../engine/http/headers.ts";

/** Told what the requests of a dispatcher meet. */
export type Ears = {
  /** `type` is the `Content-Type`. */
  onAnswer: (status: number, type: string | null) => void;
  onError: (error: Error) => void;
};

/** The same dispatcher, overheard; everything passes as it is. */
export function overhear(agent: Dispatcher, ears: Ears): Dispatcher {
  return agent.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, {
        onRequestStart: (...given) => handler.onRequestStart?.(...given),
        onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
        onResponseStart(...given) {
          const [, status, headers] = given;
          if (status >= 200) ears.onAnswer(status, headerOf(headers, "content-type"));
          handler.onResponseStart?.(...given);
        },
        onResponseData: (...given) => handler.onResponseData?.(...given),
        onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
        onResponseError(...given) {
          ears.onError(given[1]);
          handler.onResponseError?.(...given);
        },
      }),
  );
}
