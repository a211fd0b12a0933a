import { describe, expect, it } from "vitest";
import { decideRequest } from "./decide-request.ts";

const head = { method: "GET", url: "/metrics", host: "127.0.0.1:9464" };

describe("a request to a server that only this machine reaches", () => {
  it.each(["localhost", "LocalHost:80", "127.0.0.1", "127.0.0.1:9464", "127.0.0.2", "[::1]", "[::1]:9464"])(
    "is let through under the name %s",
    (host) => expect(decideRequest({ ...head, host }, true)).toEqual({ page: "/metrics" }),
  );

  it.each([
    undefined,
    "",
    "evil.test",
    "evil.test:9464",
    "localhost.evil.test",
    "localhost.",
    "127.0.0.1.evil.test",
    "127.0.0.1:9464@evil.test",
    "evil.test#127.0.0.1",
    "user@localhost",
    "localhost:port",
    "localhost:80:80",
    "localhost:123456",
    "localhost\n",
    "127.0.0.1\nevil.test",
    "evil.test\n127.0.0.1",
    " localhost",
    "[::1",
    "[::2]",
    "0.0.0.0",
    "127.1",
    "2130706433",
  ])("is refused under the name %j, before anything else is looked at", (host) => {
    expect(decideRequest({ method: "DELETE", url: "/nothing", host }, true)).toEqual({ refused: 403 });
  });

  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", undefined])(
    "is refused with the method %s",
    (method) => expect(decideRequest({ ...head, method }, true)).toEqual({ refused: 405 }),
  );

  it.each([
    undefined,
    "/",
    "*",
    "/metrics/",
    "/metrics/../healthz",
    "//metrics",
    "/METRICS",
    "/metrics#",
    "/%6detrics",
    "/.env",
    "/../../etc/passwd",
    "http://127.0.0.1/metrics",
    "metrics",
    "/metrics\0",
  ])("finds nothing at %j", (url) => expect(decideRequest({ ...head, url }, true)).toEqual({ refused: 404 }));

  it("finds a page with whatever query", () => {
    expect(decideRequest({ ...head, url: "/readyz?verbose=1" }, true)).toEqual({ page: "/readyz" });
  });
});

it("a request to a server that others reach may come under any name", () => {
  expect(decideRequest({ ...head, host: "worker-1.internal:9464" }, false)).toEqual({ page: "/metrics" });
  expect(decideRequest({ ...head, method: "POST" }, false)).toEqual({ refused: 405 });
});
