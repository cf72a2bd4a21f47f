// The same world, in which each node is surveyed once: for those who look at one moment through several doors.

import type { Host, NodeName, Site } from '../ports.ts';

/** The first survey of a node answers every later one, whatever deadline that has. */
export function surveyedOnce(site: Site): Site {
  const hosts = new Map<NodeName, Host>();
  const host = (on: NodeName): Host => {
    const known = hosts.get(on);
    if (known) return known;
    const real = site.host(on);
    let survey: ReturnType<Host['survey']> | undefined;
    const once: Host = { ...real, survey: within => (survey ??= real.survey(within)) };
    hosts.set(on, once);
    return once;
  };
  return { ...site, host };
}
