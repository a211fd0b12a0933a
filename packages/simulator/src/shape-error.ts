import type { ErrorReply } from "./reply.ts";
import type { WireSettings } from "./settings.ts";

type ErrorSettings = Pick<
  WireSettings,
  "rateHeadersInHttp" | "limitSourcePresent" | "availabilityBlock" | "errorCodeAsString"
>;

/** An error as the simulated deployment words it. */
export function shapeError(reply: ErrorReply, settings: ErrorSettings): ErrorReply {
  const { availability, metadata, ...error } = reply.body.error;
  const { headers = {}, ...rest } = reply;
  return {
    ...rest,
    headers: settings.rateHeadersInHttp ? headers : withoutKeys(headers, /^X-RateLimit-/),
    body: {
      ...reply.body,
      error: {
        ...error,
        code: settings.errorCodeAsString ? String(error.code) : error.code,
        ...(metadata === undefined
          ? {}
          : { metadata: settings.limitSourcePresent ? metadata : withoutKeys(metadata, /^limit_source$/) }),
        ...(availability === undefined || !settings.availabilityBlock ? {} : { availability }),
      },
    },
  };
}

function withoutKeys<T>(record: Record<string, T>, keys: RegExp): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.test(key)));
}
