import { createRequire } from "node:module";

/** The driver, loaded as BullMQ is, for the same reason. */
export const { Cluster, Redis }: typeof import("ioredis") = createRequire(import.meta.url)("ioredis");
