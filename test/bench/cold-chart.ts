export interface Bar {
  readonly name: string;
  /** Stacked: the start, and the first request. */
  readonly initMs: number;
  readonly firstMs: number;
}

const WIDTH = 720;
const LABEL = 190;
const ROW = 34;
const TOP = 44;

/** Horizontal bars, each labelled by its share of the longest. */
export function chart(title: string, bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map(({ initMs, firstMs }) => initMs + firstMs));
  const height = TOP + bars.length * ROW + 34;
  const scale = (ms: number) => Math.round((ms / longest) * (WIDTH - LABEL - 70));
  const rows = bars.map(({ name, initMs, firstMs }, index) => {
    const y = TOP + index * ROW;
    const [init, first] = [scale(initMs), scale(firstMs)];
    return [
      `<text x="${LABEL - 10}" y="${y + 16}" text-anchor="end">${name}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${init}" height="22" fill="#2563eb"/>`,
      `<rect x="${LABEL + init}" y="${y}" width="${first}" height="22" fill="#93c5fd"/>`,
      `<text x="${LABEL + init + first + 8}" y="${y + 16}">${((initMs + firstMs) / longest).toFixed(2)}</text>`,
    ].join('\n');
  });
  const legend = TOP + bars.length * ROW + 4;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1f2937">
<title>${title}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="16" y="26" font-weight="600">${title}</text>
${rows.join('\n')}
<rect x="${LABEL}" y="${legend}" width="14" height="14" fill="#2563eb"/>
<text x="${LABEL + 20}" y="${legend + 12}">start of the process</text>
<rect x="${LABEL + 180}" y="${legend}" width="14" height="14" fill="#93c5fd"/>
<text x="${LABEL + 200}" y="${legend + 12}">first request</text>
</svg>
`;
}
