// The same world, in which nobody is asked the same thing twice: for those who look at one moment through several doors.

import type { Host, NodeName, Site } from '../ports.ts';

/** A site whose answers stand still. Logs grow: they are read each time. */
export interface Moment extends Site {
  /** Asks this node anew from now on. */
  forget(on: NodeName): void;
}

/** The first answer to a question answers it ever after, whatever deadline it is asked with then. */
export function askedOnce(site: Site): Moment {
  const hosts = new Map<NodeName, Host>();
  const host = (on: NodeName): Host => {
    const known = hosts.get(on) ?? once(site.host(on));
    hosts.set(on, known);
    return known;
  };
  const ping = remembered<ReturnType<Site['ping']>>();
  return {
    ...site,
    host,
    ping: (on, within) => ping(on, () => site.ping(on, within)),
    forget(on) {
      hosts.delete(on);
    },
  };
}

function once(host: Host): Host {
  const survey = remembered<ReturnType<Host['survey']>>();
  const list = remembered<ReturnType<Host['list']>>();
  const read = remembered<ReturnType<Host['read']>>();
  const rows = remembered<ReturnType<Host['rows']>>();
  const ping = remembered<ReturnType<Host['ping']>>();
  return {
    ...host,
    survey: within => survey('', () => host.survey(within)),
    list: (directory, within) => list(directory, () => host.list(directory, within)),
    read: (argv, within) => read(JSON.stringify(argv), () => host.read(argv, within)),
    ping: (target, within) => ping(JSON.stringify(target), () => host.ping(target, within)),
    rows: (statement, within) => rows(JSON.stringify(statement), () => host.rows(statement, within)),
  };
}

function remembered<T>(): (question: string, ask: () => T) => T {
  const answers = new Map<string, T>();
  return (question, ask) => {
    const known = answers.get(question) ?? ask();
    answers.set(question, known);
    return known;
  };
}
