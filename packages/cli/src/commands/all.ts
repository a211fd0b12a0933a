import { approve } from "./approve.ts";
import { ask } from "./ask.ts";
import { cancel } from "./cancel.ts";
import { chat } from "./chat.ts";
import { compare } from "./compare.ts";
import { config } from "./config.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { enqueue } from "./enqueue.ts";
import { exportBatch } from "./export.ts";
import { init } from "./init.ts";
import { logs } from "./logs.ts";
import { models } from "./models.ts";
import { pipelines } from "./pipelines.ts";
import { plan } from "./plan.ts";
import { prune } from "./prune.ts";
import { queuePause } from "./queue-pause.ts";
import { queueResume } from "./queue-resume.ts";
import { queueStatus } from "./queue-status.ts";
import { quota } from "./quota.ts";
import { quotaResume } from "./quota-resume.ts";
import { retry } from "./retry.ts";
import { run } from "./run.ts";
import { runsLs } from "./runs-ls.ts";
import { scheduleAdd } from "./schedule-add.ts";
import { scheduleLs } from "./schedule-ls.ts";
import { scheduleRm } from "./schedule-rm.ts";
import { scheduleRun } from "./schedule-run.ts";
import { show } from "./show.ts";
import { simulate } from "./simulate.ts";
import { watch } from "./watch.ts";
import { worker } from "./worker.ts";

/** Every command, in the order in which the help lists them. */
export const commands = {
  demo,
  init,
  plan,
  run,
  enqueue,
  worker,
  runsLs,
  show,
  watch,
  logs,
  approve,
  retry,
  cancel,
  exportBatch,
  prune,
  scheduleAdd,
  scheduleLs,
  scheduleRm,
  scheduleRun,
  queueStatus,
  queuePause,
  queueResume,
  pipelines,
  ask,
  chat,
  compare,
  models,
  quota,
  quotaResume,
  doctor,
  simulate,
  config,
} as const;

/** The key of a command in {@link commands}. */
export type CommandKey = keyof typeof commands;
