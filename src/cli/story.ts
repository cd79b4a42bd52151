import type { Entry, JournalEvent } from '../domain/journal.ts';
import { atTime, counted, inTime } from './render/words.ts';

/** One journal entry in words, told at the ISO time `now`. */
export function tell({ event }: Entry, now: string): string {
  const told = more(event, now);
  return told.length > 200 ? `${told.slice(0, 199)}…` : told;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

function more(event: JournalEvent, now: string): string {
  switch (event.is) {
    case 'started':
      return `${event.command}: ${event.subject}`;
    case 'built':
      return `${counted(event.nodes, 'node')} in ${inTime(event.ms)}`;
    case 'gated':
      return `${event.at}: ${counted(event.answers.length, 'answer')}`;
    case 'live':
      return `cut over in ${inTime(event.ms)}`;
    case 'green':
      return `kept for rollback until ${atTime(event.keptUntil, now)}`;
    case 'waiting':
      return `no verdict: ${event.on.join(', ')}`;
    case 'superseded':
    case 'replaced':
    case 'reversing':
    case 'restored':
      return `by ${event.by}`;
    case 'reverted':
      return `by ${event.by}: ${event.because}`;
    case 'failed':
      return event.code;
    case 'cutting':
      return event.back ? 'back' : '';
    case 'run':
      return event.arguments.join(' ');
    case 'took-over':
      return `from ${event.from}`;
    case 'mended':
      return event.what;
    case 'pruned':
      return event.what.join(', ');
    case 'hold':
    case 'hold-released':
      return event.reason;
    case 'sealed':
    case 'verified':
      return '';
    case 'rejected':
      return event.failed.length > 0 ? `stopped by ${event.failed.join(', ')}` : firstLine(event.because);
    case 'aborted':
    case 'not-cut':
    case 'not-green':
      return firstLine(event.because);
  }
}
