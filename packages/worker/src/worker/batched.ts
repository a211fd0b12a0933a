/** What has an id. */
interface Identified {
  id: string;
}

/** Reads one by one what is loaded together: what is asked for within `waitMs` of each other costs one load. */
export function batched<T extends Identified>(
  load: (ids: readonly string[]) => Promise<readonly T[]>,
  waitMs: number,
): (id: string) => Promise<T | undefined> {
  let gathering: { ids: Set<string>; loaded: Promise<Map<string, T>> } | undefined;
  const gather = () => {
    const ids = new Set<string>();
    const loaded = new Promise<void>((resolve) => {
      setTimeout(resolve, waitMs);
    }).then(async () => {
      gathering = undefined;
      return new Map((await load([...ids])).map((one) => [one.id, one]));
    });
    return { ids, loaded };
  };
  return async (id) => {
    gathering ??= gather();
    gathering.ids.add(id);
    return (await gathering.loaded).get(id);
  };
}
