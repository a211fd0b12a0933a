import { MemoryCache } from "./memory-cache.ts";
import { responseCacheTestsuite } from "./response-cache.testsuite.ts";

responseCacheTestsuite("memory", async (clock) => ({
  cache: new MemoryCache({ clock }),
  close: async () => {},
}));
