import { defineConfig } from "@sluice/core";
import { licences } from "./licences.ts";

export default defineConfig({ pipelines: [licences] });
