import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

/** The spans that ended while a test body ran, with an SDK registered for it. */
export interface RecordedSpans {
  all(): ReadableSpan[];
  /** The one span of this name. */
  named(name: string): ReadableSpan;
  /** The name of the span around this one. */
  parentOf(name: string): string | undefined;
}

/** Registers an SDK that keeps spans in memory, for the time of a test body. */
export async function withSpans(
  body: (spans: RecordedSpans) => Promise<void>,
  options: { sampler?: Sampler } = {},
): Promise<void> {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...options,
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new StoredContext());
  const all = () => exporter.getFinishedSpans();
  const named = (name: string) => {
    const [span, ...others] = all().filter((one) => one.name === name);
    if (span && others.length === 0) return span;
    const names = all().map((one) => one.name);
    throw new Error(`There is not one span "${name}" among: ${names.join(", ")}`);
  };
  const parentOf = (name: string) => {
    const parent = named(name).parentSpanContext?.spanId;
    return all().find((span) => span.spanContext().spanId === parent)?.name;
  };
  try {
    await body({ all, named, parentOf });
  } finally {
    trace.disable();
    context.disable();
    await provider.shutdown();
  }
}

/** The active context of each flow of work, as the SDK for Node keeps it. */
class StoredContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    given: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(given, () => work.call(self, ...args));
  }

  bind<T>(given: Context, target: T): T {
    if (typeof target !== "function") return target;
    return Object.assign((...args: unknown[]) => this.#storage.run(given, () => target(...args)), target);
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}
