/** One change of a text: what stands from `start` up to `end` is replaced. Equal places: something is put in. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Makes changes that do not overlap. All their places are those of the text as it was. */
export const spliced = (text: string, splices: readonly Splice[]): string =>
  [...splices]
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, text: by }) => result.slice(0, start) + by + result.slice(end), text);

/**
 * Replaces what a pattern's group has matched, wherever that is not so already.
 * @param pattern with the flags `d` and `g`, and one group
 */
export function replaceGroup(text: string, pattern: RegExp, by: string): Splice[] {
  return [...text.matchAll(pattern)].flatMap(({ indices }) => {
    const place = indices?.[1];
    if (place === undefined || text.slice(...place) === by) return [];
    return [{ start: place[0], end: place[1], text: by }];
  });
}

/** A text as a pattern that matches it and nothing else. */
export const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** A change in words: the line, from 1 on, what stood there and what will. */
export function describeSplice(text: string, { start, end, text: by }: Splice): string {
  const line = text.slice(0, start).split('\n').length;
  return start === end ? `${line}: + ${by.trim()}` : `${line}: ${text.slice(start, end)} -> ${by}`;
}
