// The package has no types of its own.
declare module "seek-bzip" {
  type Input = {
    readByte(): number;
    /** Fills `length` bytes of `buffer` from `offset` on, and says how many. */
    read(buffer: Uint8Array, offset: number, length: number): number;
  };
  type Output = { writeByte(byte: number): void };

  const bunzip: {
    /** Unpacks one stream and stops behind its end. Throws a TypeError for data that is none; checks its CRCs. */
    decode(input: Input, output: Output): void;
  };

  export = bunzip;
}
