// Text made safe to stand in XML and HTML.

const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Characters that XML 1.0 cannot hold, not even as a reference, are dropped (XML 2.2): a server's output may have them, and
 * one of them would make a whole CI report unreadable.
 */
export const xmlText = (text: string): string =>
  text
    .replace(/[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, character => names[character] ?? character);
