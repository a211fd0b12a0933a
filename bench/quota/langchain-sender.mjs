import { ChatOpenAI } from "@langchain/openai";
import { MODEL, SCALE } from "./settings.mjs";

/** LangChain as it comes: each caller retries by itself, nobody shares a limiter. */
export async function openSender({ baseUrl }) {
  hurryTimers();
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

/** Its pauses between retries are made for real minutes: they are scaled like everything else. */
function hurryTimers() {
  const realSetTimeout = globalThis.setTimeout;
  globalThis.setTimeout = Object.assign(
    (callback, ms = 0, ...args) => realSetTimeout(callback, ms >= 500 ? ms / SCALE : ms, ...args),
    realSetTimeout,
  );
}
