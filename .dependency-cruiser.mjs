/**
 * The directions in which imports may point (design: cli -> compose -> engine, gates, planning -> ports -> domain).
 * Each rule names a folder and everything under src that it may reach; the rest is forbidden.
 * @typedef {{ name: string, comment: string, severity: 'error', from: object, to: object }} Rule
 */

const ports = '^src/[^/]+/port\\.ts$';
const domain = '^src/domain/';

/**
 * @param {string} name
 * @param {string} comment
 * @param {string} from a pattern of paths
 * @param {readonly string[]} to patterns of paths under src; `$1` is what `from` captured
 * @param {string} [except] a pattern of paths that `from` does not mean
 * @returns {Rule}
 */
const may = (name, comment, from, to, except) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, ...(except === undefined ? {} : { pathNot: except }) },
  to: { path: '^src/', pathNot: [...to] },
});

/** @type {readonly Rule[]} */
const directions = [
  may('domain', 'src/domain imports nothing outside itself', domain, [domain]),
  may('ports', 'a port knows the words of the domain and nothing else', ports, [domain]),
  may('planning', 'planning is pure: domain, ports, itself', '^src/planning/', [domain, ports, '^src/planning/']),
  may('gates', 'gates: domain, ports, planning, themselves', '^src/gates/', [domain, ports, '^src/(planning|gates)/']),
  may('engine', 'the engine knows ports, never adapters', '^src/engine/', [
    domain,
    ports,
    '^src/(planning|gates|engine)/',
  ]),
  may(
    'warehouses',
    'a warehouse knows its own folder, the port, and what several warehouses share beside it',
    '^src/warehouse/([^/]+)/',
    [
      domain,
      '^src/(warehouse|config)/port\\.ts$',
      '^src/warehouse/(changed|exact-number|kept-sides|left-over|resting|sql|token)\\.ts$',
      '^src/warehouse/$1/',
    ],
  ),
  may(
    'stores',
    'a store is a file of its own beside the port',
    '^src/store/([^/.]+)',
    [domain, '^src/store/port\\.ts$', '^src/store/$1(/|\\.ts$)'],
    ports,
  ),
  may(
    'adapters',
    'an adapter knows its own folder and never another adapter',
    '^src/(git|dbt|notify|config|clock)(/|\\.ts$)',
    [domain, ports, '^src/$1(/|\\.ts$)'],
    ports,
  ),
  may('cli', 'the command line reaches adapters only through compose', '^src/cli/', [
    domain,
    ports,
    '^src/(planning|gates|engine|config|cli)/',
    '^src/compose\\.ts$',
  ]),
];

/** @type {readonly Rule[]} */
const purity = ['domain', 'planning'].map((folder) => ({
  name: `${folder}-is-pure`,
  comment: `${folder} takes values and returns values: no files, no processes, no libraries but the one for schemas`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '.', pathNot: ['^src/', '^(node:)?(crypto|path|path/posix|util)$', '(^|/)node_modules/zod/', '^zod$'] },
}));

/** @type {readonly Rule[]} */
const only = [
  {
    name: 'compose-only',
    comment: 'only compose builds adapters',
    severity: 'error',
    from: { path: '^src/', pathNot: ['^src/compose\\.ts$', '^src/(warehouse|store|git|dbt|notify)/'] },
    to: { path: '^src/(warehouse|store|git|dbt|notify)/', pathNot: ports },
  },
  {
    name: 'nobody-imports-the-top',
    comment: 'main starts the command line; nothing starts main',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^src/main\\.ts$' },
  },
];

export default {
  forbidden: [...directions, ...purity, ...only],
  options: {
    doNotFollow: { path: ['node_modules', '^dist'] },
    // Sees types, exports and lazy imports. Its default for TypeScript is tsc, which has no API in version 7.
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
