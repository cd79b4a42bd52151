import Table from 'cli-table3';
import pico from 'picocolors';

export type Tone = 'plain' | 'strong' | 'good' | 'bad' | 'warn' | 'dim';

/** A piece of text; its tone is a colour on terminals and nothing elsewhere. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** What documents are made of, the same for a terminal and for Markdown. */
export type Block =
  | { readonly is: 'heading'; readonly text: string }
  | { readonly is: 'line'; readonly cells: readonly Cell[] }
  | { readonly is: 'table'; readonly head: readonly string[] | null; readonly rows: readonly (readonly Cell[])[] }
  | { readonly is: 'code'; readonly text: string }
  | { readonly is: 'gap' }
  /** The last line: exactly one thing to type or do. */
  | { readonly is: 'next'; readonly command: string };

export const line = (...cells: readonly Cell[]): Block => ({ is: 'line', cells });
export const heading = (text: string): Block => ({ is: 'heading', text });
export const table = (head: readonly string[] | null, rows: readonly (readonly Cell[])[]): Block => ({
  is: 'table',
  head,
  rows,
});
export const next = (command: string): Block => ({ is: 'next', command });
export const code = (text: string): Block => ({ is: 'code', text });
export const gap: Block = { is: 'gap' };
export const toned = (tone: Tone, text: string): Cell => ({ text, tone });

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

/** For a terminal or a log. */
export function toText(blocks: readonly Block[], colour: boolean): string {
  const pens = pico.createColors(colour);
  const pen: Readonly<Record<Tone, (text: string) => string>> = {
    plain: (text) => text,
    strong: pens.bold,
    good: pens.green,
    bad: pens.red,
    warn: pens.yellow,
    dim: pens.dim,
  };
  const drawn = (cell: Cell): string => (typeof cell === 'string' ? cell : pen[cell.tone](cell.text));
  const draw = (block: Block): string => {
    switch (block.is) {
      case 'heading':
        return `\n${pen.strong(block.text)}`;
      case 'line':
        return block.cells.map(drawn).join('');
      case 'table':
        return tableText(
          block.head?.map(pen.dim) ?? null,
          block.rows.map((row) => row.map(drawn)),
        );
      case 'code':
        return block.text.trimEnd().replaceAll(/^(?=.)/gm, '    ');
      case 'gap':
        return '';
      case 'next':
        return `${pen.strong('Next:')} ${block.command}`;
    }
  };
  return blocks.map((block) => `${draw(block)}\n`).join('');
}

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((at) => [at, `${at}-mid`, `${at}-left`, `${at}-right`])
    .map((at) => [at, '']),
);

/** Columns under each other, without lines: it has to be read in CI logs and pasted into chats. */
function tableText(head: readonly string[] | null, rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    chars: { ...NO_LINES, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    ...(head ? { head: [...head] } : {}),
  });
  drawn.push(...rows.map((row) => [...row]));
  return drawn
    .toString()
    .split('\n')
    .map((text) => `  ${text.trimEnd()}`)
    .join('\n');
}

/** For a pull request or a summary. */
export function toMarkdown(blocks: readonly Block[]): string {
  const draw = (block: Block): string => {
    switch (block.is) {
      case 'heading':
        return `\n### ${escaped(block.text)}\n`;
      case 'line':
        return `${block.cells.map(marked).join('')}  `;
      case 'table': {
        const width = block.head?.length ?? block.rows[0]?.length ?? 0;
        const head = block.head ?? Array.from({ length: width }, () => '');
        const rows = [
          head,
          head.map(() => '---'),
          ...block.rows.map((row) => row.map((cell) => escaped(textOf(cell)).replaceAll('\n', '<br>'))),
        ];
        return `\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
      }
      case 'code':
        return `\n\`\`\`\n${block.text.trimEnd()}\n\`\`\`\n`;
      case 'gap':
        return '';
      case 'next':
        return `\n**Next:** \`${block.command}\``;
    }
  };
  return `${blocks
    .map(draw)
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

const marked = (cell: Cell): string =>
  typeof cell !== 'string' && (cell.tone === 'strong' || cell.tone === 'bad')
    ? `**${escaped(cell.text)}**`
    : escaped(textOf(cell));

const escaped = (text: string): string => text.replaceAll(/[\\`*_|<>]/g, '\\$&');
