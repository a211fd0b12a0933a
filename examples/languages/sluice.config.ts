import { defineConfig } from "@sluice/core";
import { languages } from "./languages.ts";

export default defineConfig({ pipelines: [languages] });
