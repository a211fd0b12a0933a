import type { PackBook, PackSubject } from "./pack-book.ts";
import type { GoodAnswer } from "./pack-request.ts";
import { answersAgree } from "./pack-trust.ts";

/**
 * Asks one item again alone, of the model that answered it in company, and notes whether the answers agree. The asker is
 * told the one that was given alone; the other one when there is none.
 */
export async function compareAlone(
  { entry, value }: GoodAnswer,
  { settle, subject, book }: { settle(): void; subject: PackSubject; book: PackBook },
): Promise<void> {
  try {
    const alone = await entry.askAgain({ model: subject.model });
    await book.compare(subject, answersAgree(value, alone.value)).catch(() => {});
    alone.settle();
  } catch {
    settle();
  }
}
