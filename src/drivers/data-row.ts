// Columns of a row as bytes, where pg would have read them as UTF-8 (manual 55.7, DataRow). Pure.

const D = 0x44;

/** Of the first row in a stretch of whole messages; undefined where there is none. */
export function firstDataRow(messages: Buffer): readonly (Buffer | null)[] | undefined {
  for (let at = 0; at + 5 <= messages.length; at += 1 + messages.readUInt32BE(at + 1)) {
    if (messages[at] === D) return columnsOf(messages.subarray(at + 5));
  }
  return undefined;
}

function columnsOf(row: Buffer): (Buffer | null)[] {
  const columns: (Buffer | null)[] = [];
  let at = 2;
  for (let left = row.readInt16BE(0); left > 0; left -= 1) {
    const length = row.readInt32BE(at);
    at += 4;
    columns.push(length === -1 ? null : Buffer.from(row.subarray(at, at + length)));
    at += Math.max(length, 0);
  }
  return columns;
}
