import { ChatOpenAI } from "@langchain/openai";
import { hurryTimers } from "../hurry-timers.mjs";
import { MODEL, SCALE } from "./settings.mjs";

/** LangChain as it comes: each caller retries by itself, nobody shares a limiter. */
export async function openSender({ baseUrl }) {
  hurryTimers(SCALE);
  const open = (url) => {
    const model = new ChatOpenAI({ model: MODEL, apiKey: "bench", configuration: { baseURL: url } });
    return () => model.invoke("Say yes.");
  };
  return {
    warmUp: (url) => open(url)(),
    openCaller: async () => open(baseUrl),
    report: () => ({}),
  };
}
