import { checkpointStoreTestsuite } from "./checkpoint-store.testsuite.ts";
import { MemoryCheckpoints } from "./memory-checkpoints.ts";

checkpointStoreTestsuite("memory", async () => ({ store: new MemoryCheckpoints(), close: async () => {} }));
