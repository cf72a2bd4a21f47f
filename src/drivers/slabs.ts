// Gathers small pieces into large buffers, each byte copied once; what is handed out is not written to before it is given back.

const size = 1024 * 1024;
/** A rest smaller than this is not worth a buffer of its own. */
const least = 256 * 1024;

export class Slabs {
  readonly #full: Buffer[] = [];
  #slab: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;
  #bytes = 0;
  #spare: Buffer | undefined;

  /** What waits to be taken. */
  get bytes(): number {
    return this.#bytes;
  }

  add(piece: Buffer): void {
    this.#bytes += piece.length;
    for (let at = 0; at < piece.length;) {
      if (this.#to === this.#slab.length) this.#renew();
      const copied = piece.copy(this.#slab, this.#to, at);
      at += copied;
      this.#to += copied;
    }
  }

  /** The oldest that is full. */
  takeFull(): Buffer | undefined {
    if (this.#to === this.#slab.length) this.#retire();
    return this.#taken(this.#full.shift());
  }

  /** The oldest, also where it is not full. */
  take(): Buffer | undefined {
    return this.takeFull() ?? this.#taken(this.#cut());
  }

  /** In the order in which they were taken: with its last byte a buffer is free again. A new one for each MB cost a receiver a tenth of its time. */
  giveBack({ buffer, byteOffset, length }: Buffer): void {
    if (byteOffset + length === buffer.byteLength) this.#spare = Buffer.from(buffer);
  }

  /** So that the next piece begins a buffer that has room for it. */
  freshen(): void {
    if (this.#slab.length - this.#to < least) this.#retire();
  }

  #renew(): void {
    this.#retire();
    this.#slab = this.#spare ?? Buffer.allocUnsafeSlow(size);
    this.#spare = undefined;
  }

  #retire(): void {
    const rest = this.#cut();
    if (rest) this.#full.push(rest);
    this.#slab = Buffer.alloc(0);
    this.#from = this.#to = 0;
  }

  #cut(): Buffer | undefined {
    if (this.#from === this.#to) return undefined;
    const rest = this.#slab.subarray(this.#from, this.#to);
    this.#from = this.#to;
    return rest;
  }

  #taken(buffer: Buffer | undefined): Buffer | undefined {
    this.#bytes -= buffer?.length ?? 0;
    return buffer;
  }
}
