import type { BatchProgress } from "@sluice/worker";
import { MultiBar, type SingleBar } from "cli-progress";
import { type Io, takesColours, talk, tell } from "../io.ts";
import { renderActivity } from "../render/events.ts";
import type { Activity } from "./activity.ts";

/** Where progress is shown. */
export interface Display {
  readonly hasBar: boolean;
  line(text: string): void;
  progress(progress: BatchProgress, activity: Activity): void;
  close(): void;
}

/** A bar on a terminal; lines elsewhere, and where NO_COLOR asks for plain output. */
export function openDisplay(io: Pick<Io, "stderr" | "env">): Display {
  return takesColours(io.stderr, io.env) ? new BarDisplay(io) : new LineDisplay(io);
}

class LineDisplay implements Display {
  readonly hasBar = false;
  readonly #io: Pick<Io, "stderr">;

  constructor(io: Pick<Io, "stderr">) {
    this.#io = io;
  }

  line(text: string): void {
    tell(this.#io, text);
  }

  progress(): void {}

  close(): void {}
}

class BarDisplay implements Display {
  readonly hasBar = true;
  readonly #bars: MultiBar;
  #bar: SingleBar | undefined;

  constructor(io: Pick<Io, "stderr">) {
    this.#bars = new MultiBar({
      stream: io.stderr,
      format: "{bar} {value}/{total} {activity}",
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 24,
      fps: 8,
      hideCursor: true,
      linewrap: false,
      emptyOnZero: true,
    });
  }

  line(text: string): void {
    this.#bars.log(`${talk(text)}\n`);
    this.#bars.update();
  }

  progress(progress: BatchProgress, activity: Activity): void {
    const payload = { activity: talk(renderActivity(progress.counts, activity)) };
    this.#bar ??= this.#bars.create(progress.total, 0, payload);
    // More may have been enqueued.
    this.#bar.setTotal(progress.total);
    this.#bar.update(progress.finished, payload);
  }

  close(): void {
    this.#bars.stop();
  }
}
