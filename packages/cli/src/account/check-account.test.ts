import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { openRouter } from "@sluice/core";
import { expect, test } from "vitest";
import { checkAccount } from "./check-account.ts";

/** A server that answers each path with a status and a body, and 404 elsewhere. */
async function check(routes: Record<string, [status: number, body: unknown]>): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] = routes[request.url ?? ""] ?? [404, {}];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stderr = new PassThrough();
  try {
    await checkAccount(openRouter({ apiKey: "k", baseUrl: `http://127.0.0.1:${port}` }), { stderr });
    return String(stderr.read() ?? "");
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const models = [200, { data: [] }] satisfies [number, unknown];

test("says nothing when the server tells its count", async () => {
  const key = [200, { data: { usage: 0, free_model_daily_requests: { limit: 50, used: 3 } } }] satisfies [
    number,
    unknown,
  ];
  expect(await check({ "/key": key, "/models/user": models })).toBe("");
});

test("takes a server that has models and tells no count, and says so", async () => {
  expect(await check({ "/models": models })).toContain("going by our own");
});

test("refuses to begin with a key that is refused", async () => {
  const refused = check({ "/key": [401, {}], "/models/user": models });
  await expect(refused).rejects.toMatchObject({ code: "ACCOUNT_REFUSED" });
});

test("refuses to begin with a server that answers nothing of use", async () => {
  await expect(check({})).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
});
