// The tree of timelines for a person: each branch with its fork, who is on it, who has WAL beyond, and what is amiss.

import { never } from '../faults.ts';
import type { Beyond, Branch, OnBranch } from '../monitor/timelines.ts';
import type { TimelineProblem } from '../monitor/timeline-problems.ts';
import { showLsn } from '../postgres/lsn.ts';
import { showBytes } from '../time.ts';
import { harmless, padEnd, widthOf } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Paint, painter, type Style } from './style.ts';
import type { ClusterTimelines } from './timelines-data.ts';
import { hang } from './wrap.ts';

/** Without a line feed at its end. */
export function timelinesText(found: ClusterTimelines, { width, colour }: Style): string {
  const paint = painter(colour);
  const { roots, current, problems } = found.tree;
  const where = current === null ? 'no one primary' : `the primary is on timeline ${current}`;
  return [
    ...hang('', `cluster ${found.cluster} · ${showTime(found.at)} · ${where}`, width, paint.strong),
    ...roots.flatMap(root => ['', ...branchLines(root, { width, paint }, '', '')]),
    ...(problems.length === 0 ? [] : ['']),
    ...problems.flatMap(problem => {
      const [head, text] = words(problem);
      return hang(`${head}: `, text, width, problem.is === 'unseen' ? paint.warn : paint.bad);
    }),
  ].join('\n');
}

interface Page {
  readonly width: number;
  readonly paint: Paint;
}

/** `first` stands before the branch's own line, `rest` before all others. */
function branchLines(branch: Branch, page: Page, first: string, rest: string): string[] {
  const { paint, width } = page;
  const below = branch.children.length > 0 ? '│' : ' ';
  const room = `${rest}${below}${' '.repeat(widthOf(branch.name) + 1)}`;
  const names = Math.max(0, ...branch.on.map(({ node }) => widthOf(node)));
  const dress = branch.current ? paint.good : (text: string) => text;
  return [
    ...hang(`${first}${branch.name}  `, origin(branch), width, dress).map((line, i) =>
      i === 0 ? line : `${rest}${below}${line.slice(rest.length + 1)}`,
    ),
    ...branch.beyond.flatMap(one => under(room, beyondWords(one), width, paint.warn)),
    ...branch.on.flatMap(one => under(room, `${padEnd(one.node, names)}  ${standing(one)}`, width, paint.place)),
    ...branch.children.flatMap((child, i) => {
      const last = i === branch.children.length - 1;
      return branchLines(child, page, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`);
    }),
  ];
}

/** Keeps the tree's lines beside a text that needs several. */
const under = (before: string, text: string, width: number, dress: (line: string) => string): string[] =>
  hang('', harmless(text), Math.max(24, width - widthOf(before)), dress).map(line => `${before}${line}`);

function origin({ fork, timeline, reason, begun, files }: Branch): string {
  if (fork === null) return timeline === 1 ? 'the first' : 'of unknown origin';
  return [
    `from ${showLsn(fork)}`,
    ...(begun === null ? [] : [showTime(begun)]),
    ...(reason === null ? [] : [harmless(reason)]),
    ...(files.length === 0 ? ['no history file of its own'] : []),
  ].join(' · ');
}

function standing({ role, end }: OnBranch): string {
  const at = end === null ? 'its end of WAL could not be read' : showLsn(end);
  return `${padEnd(role, 7)}  ${at}`;
}

const beyondWords = ({ node, in: place, bytes }: Beyond): string =>
  place === 'archive'
    ? `the archive of ${node} holds ${showBytes(bytes)} beyond this fork`
    : `${node} has ${showBytes(bytes)} beyond this fork`;

/** What it is about, and the fact. */
function words(problem: TimelineProblem): [string, string] {
  switch (problem.is) {
    case 'two-primaries':
      return [
        problem.nodes.join(' and '),
        problem.same === null
          ? 'each takes writes, on a timeline of its own: the data diverge'
          : `both take writes on timeline ${String(problem.same)} of the same origin: nothing tells their WAL apart`,
      ];
    case 'same-number':
      return [
        `timeline ${String(problem.timeline)}`,
        `${String(problem.variants.length)} timelines bear this number: ${problem.variants.map(variantWords).join('; ')}`,
      ];
    case 'stray':
      return [
        problem.file,
        `timeline ${String(problem.timeline)} belongs to nobody who could be asked; archived on ${problem.places.join(', ')}${
          problem.leads ? '; a recovery there that follows the latest timeline would go that way' : ''
        }`,
      ];
    case 'damaged':
      return [problem.file, `damaged in ${problem.place}: ${problem.why}`];
    case 'no-history':
      return [
        `timeline ${String(problem.timeline)}`,
        `${problem.file} is nowhere${problem.nodes.length === 0 ? '' : `, though ${problem.nodes.join(', ')} knows of it`}`,
      ];
    case 'unseen':
      return [problem.on, `${problem.what} could not be looked at: ${problem.why}`];
    default:
      return never(problem);
  }
}

const variantWords = ({ name, fork, places }: Extract<TimelineProblem, { is: 'same-number' }>['variants'][number]) =>
  `${name} from ${fork === null ? 'an unknown place' : showLsn(fork)} (${places.join(', ')})`;
