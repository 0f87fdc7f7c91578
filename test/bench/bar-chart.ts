/** A horizontal bar. */
export interface Bar {
  readonly name: string;
  /** Stacked, in the order of the chart's parts. */
  readonly values: readonly number[];
  /** What stands at its end, such as `72 ms`. */
  readonly label: string;
}

export interface Chart {
  readonly title: string;
  /** What the values of a bar are, for the legend. */
  readonly parts: readonly string[];
  readonly bars: readonly Bar[];
}

const WIDTH = 720;
/** Where the bars begin, and what is left for the labels at their ends. */
const NAMES = 190;
const LABELS = 130;
const ROW = 34;
const TOP = 44;
const LEGEND_STEP = 170;
const COLOURS = ['#2563eb', '#93c5fd', '#f59e0b'];

/** An SVG of horizontal bars. The longest takes the whole width. */
export function barChart({ title, parts, bars }: Chart): string {
  const longest = Math.max(...bars.map(lengthOf));
  const scale = (value: number) => Math.round((value / longest) * (WIDTH - NAMES - LABELS));
  const legend = TOP + bars.length * ROW + 4;
  const height = legend + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1f2937">
<title>${escaped(title)}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="16" y="26" font-weight="600">${escaped(title)}</text>
${bars.map((bar, index) => row(bar, TOP + index * ROW, scale)).join('\n')}
${parts.map((part, index) => legendEntry(part, index, legend)).join('\n')}
</svg>
`;
}

const lengthOf = ({ values }: Bar): number => values.reduce((total, value) => total + value, 0);

function row(bar: Bar, y: number, scale: (value: number) => number): string {
  let x = NAMES;
  const parts = bar.values.map((value, index) => {
    const width = scale(value);
    const part = `<rect x="${x}" y="${y}" width="${width}" height="22" fill="${COLOURS[index]}"/>`;
    x += width;
    return part;
  });
  const name = `<text x="${NAMES - 10}" y="${y + 16}" text-anchor="end">${escaped(bar.name)}</text>`;
  return [name, ...parts, `<text x="${x + 8}" y="${y + 16}">${escaped(bar.label)}</text>`].join('\n');
}

function legendEntry(part: string, index: number, y: number): string {
  const x = NAMES + index * LEGEND_STEP;
  return `<rect x="${x}" y="${y}" width="14" height="14" fill="${COLOURS[index]}"/>
<text x="${x + 20}" y="${y + 12}">${escaped(part)}</text>`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
