/** For tests of one's own backends and of code on top of them. */

export { type BackendFixture, backendTestsuite } from "./backend/backend.testsuite.ts";
export { freePort, type RedisServer, startRedisServer } from "./backends/redis/redis-server.fixture.ts";
