import { type Finding, type FindingId, problem, SEE, SUBJECTS, skipped } from './finding.ts';
import { NoAnswer } from './probe.ts';

export type Report = (finding: Finding) => void;

/** Collects findings: exactly one for each thing that was to be looked at, whatever happens meanwhile. */
export class Examination {
  readonly #findings: Finding[] = [];

  /** All findings, by subject. */
  inOrder(): Finding[] {
    const order: readonly FindingId[] = Object.values(SUBJECTS).flat();
    return this.#findings.toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
  }

  readonly report: Report = (finding) => {
    if (!this.#has(finding.id)) this.#findings.push(finding);
  };

  /**
   * Examines the subjects that `ids` name, in that order. Without a response, the first subject without a finding is
   * the problem, and the later ones are skipped.
   * @returns what later looks go by, or `undefined` if an answer is missing
   */
  async look<T>(ids: readonly FindingId[], look: (report: Report) => Promise<T>): Promise<T | undefined> {
    try {
      return await look(this.report);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.#reportMissingAnswer(ids, error);
      return undefined;
    } finally {
      const cause = this.#findings.findLast(({ id, level }) => ids.includes(id) && level !== 'ok')?.id;
      this.skip(ids, cause === undefined ? 'There is nothing to check.' : `Not checked because of ${cause}.`);
    }
  }

  isOk(id: FindingId): boolean {
    return this.#findings.some((finding) => finding.id === id && finding.level === 'ok');
  }

  /** Skips what has no finding yet. */
  skip(ids: readonly FindingId[], reason: string): void {
    for (const id of ids) this.report(skipped(id, reason));
  }

  #reportMissingAnswer(ids: readonly FindingId[], error: NoAnswer): void {
    const id = ids.find((candidate) => !this.#has(candidate));
    if (id !== undefined) this.report(problem(id, `${error.message}.`, NO_ANSWER_FIX, SEE.trouble));
  }

  #has(id: FindingId): boolean {
    return this.#findings.some((finding) => finding.id === id);
  }
}

const NO_ANSWER_FIX =
  'Read the log of the function behind this request. It may reach its timeout (10 s), because other requests got responses.';
